"""Pages of the webhooks: endpoints, their secrets, and their deliveries. Only admins have them."""
