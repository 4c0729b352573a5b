"""Revenue postings."""
