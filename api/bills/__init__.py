"""Vendor bills over HTTP."""
