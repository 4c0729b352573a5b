"""Functions with which callers start and query workflows. No workflow imports them."""
