"""Vendor bills over HTTP: files, bills, lines, and pushes to finance."""
