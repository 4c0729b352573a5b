"""The archive of the PDFs of approved invoices."""
