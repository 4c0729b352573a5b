"""The formats of vendors' bills: how each is recognised, and what its columns mean."""
