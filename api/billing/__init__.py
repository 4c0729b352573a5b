"""Routes of billing runs."""
