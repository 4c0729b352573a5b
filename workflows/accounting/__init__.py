"""Workflows of accounting: the daily snapshot of the finance dashboard."""
