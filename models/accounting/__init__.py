"""Revenue postings, and the finance dashboard."""
