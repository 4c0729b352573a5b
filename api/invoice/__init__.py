"""Routes of one invoice and its commands."""
