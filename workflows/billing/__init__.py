"""The billing run workflow."""
