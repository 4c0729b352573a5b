"""Outgoing webhooks: which event is stored for which endpoint, and the delivery of what is stored."""
