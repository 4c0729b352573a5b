"""Margins of what happened: rows, worklogs, contracts below the target, and files."""
