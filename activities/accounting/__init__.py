"""The postings of approved invoices to PlanFact."""
