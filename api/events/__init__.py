"""Event types, and the endpoints and deliveries of webhooks."""
