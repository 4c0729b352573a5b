"""The pages of the audit trail: events across invoices, changes of settings, and the check of the chains."""
