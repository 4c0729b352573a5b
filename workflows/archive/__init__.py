"""The archive sweep workflow."""
