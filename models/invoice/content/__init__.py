"""The content of an invoice: basis, lines, totals and texts."""
