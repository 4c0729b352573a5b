"""The page of the payments of all invoices."""
