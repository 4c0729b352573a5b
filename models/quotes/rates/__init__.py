"""Dated cost rates, overhead rules and exchange rates."""
