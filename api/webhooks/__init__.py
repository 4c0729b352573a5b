"""The webhooks that other systems call."""
