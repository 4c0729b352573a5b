"""Orders of partners that wait for an invoice."""
