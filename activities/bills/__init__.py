"""The ingest of vendor bills: reading files, writing bills and their lines, fetching from providers."""
