"""The document of an invoice: its page and its PDF."""
