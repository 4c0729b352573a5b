"""The read model of quotes, their numbers, documents and terms."""
