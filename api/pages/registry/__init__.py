"""The registry page: views, search, filters, sums and pages of invoices."""
