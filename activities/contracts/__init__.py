"""Contract terms and lookups."""
