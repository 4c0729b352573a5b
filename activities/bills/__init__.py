"""Vendor bills: reading their files."""
