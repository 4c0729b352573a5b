"""The payments of an invoice."""
