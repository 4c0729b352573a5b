"""Events of the audit trail across invoices, and the check of their hash chains."""
