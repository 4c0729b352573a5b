"""The workflow of quotes."""
