"""The invoices of orders: drafts, batches, and what only these invoices show."""
