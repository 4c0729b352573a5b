"""Quotes: cost rates and the pricing calculator."""
