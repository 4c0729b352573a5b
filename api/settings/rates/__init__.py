"""Rate rules and rate cards: how they are written, read from CSV, and which of them applies."""
