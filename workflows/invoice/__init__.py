"""The invoice workflow."""
