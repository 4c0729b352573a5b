"""Drafts from contracts and worklogs, for one invoice and for a billing run."""
