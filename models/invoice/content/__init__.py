"""What an invoice says: basis, lines, totals and texts."""
