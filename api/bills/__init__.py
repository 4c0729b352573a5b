"""Vendor bills over HTTP, and the finance side that receives them: files, bills, lines, imports and payables."""
