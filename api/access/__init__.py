"""Login, tokens and users."""
