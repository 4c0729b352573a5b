"""The documents of an invoice: their rows, totals and texts."""
