"""The embedded stack of a laptop, its sandboxes and its demo data."""
