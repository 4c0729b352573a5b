"""The postings of approved invoices to PlanFact, and the figures and snapshots of the finance dashboard."""
