"""Pricing of worklogs, drafts and billing runs."""
