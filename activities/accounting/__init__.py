"""Postings to PlanFact."""
