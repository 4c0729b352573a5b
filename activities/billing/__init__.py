"""Drafts from contracts and worklogs."""
