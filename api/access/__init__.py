"""Login, tokens, API keys and users."""
