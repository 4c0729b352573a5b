"""The sandbox of the finance service."""
