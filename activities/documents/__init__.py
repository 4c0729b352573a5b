"""Pages and PDFs of invoices, and the store of issued documents."""
