"""The deadlines of an invoice that waits for a person."""
