"""The postings of an invoice and of its payments in the accounting system."""
