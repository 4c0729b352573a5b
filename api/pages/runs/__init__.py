"""Billing runs: drafts for many contracts at once, with their progress."""
