"""Edits of a draft, their history and late worklogs."""
