"""Contracts, worklogs, rates and contract settings."""
