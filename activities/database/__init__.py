"""Database engines and constraint names."""
