"""The ingest of vendor bills: files, bills and their lines in PostgreSQL, and the fetch from providers."""
