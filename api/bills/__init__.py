"""Vendor bills over HTTP, and the finance side that receives them: imports and payables."""
