"""Thin typed HTTP clients: one attempt each, no retries, no decisions; failures are named in `errors`."""
