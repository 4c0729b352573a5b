"""The embedded stack for development: its engines, its sandboxes and its demo data."""
