"""Lists of invoices, open items and exports."""
