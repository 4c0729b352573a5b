"""Contracts, worklogs and contract terms, as they are read for drafts and for people."""
