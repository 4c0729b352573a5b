"""The read model of invoices in PostgreSQL."""
