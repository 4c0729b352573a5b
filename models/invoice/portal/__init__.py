"""The invoice at a partner: its orders, its submissions to the portal, and its rejection there."""
