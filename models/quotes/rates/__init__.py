"""Dated cost rates and overhead rules."""
