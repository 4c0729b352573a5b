"""Batches: orders of one partner, type and month that share an invoice."""
