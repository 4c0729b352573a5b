"""The search across all kinds of records."""
