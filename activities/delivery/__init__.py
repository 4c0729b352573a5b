"""Delivery by Didox and by e-mail."""
