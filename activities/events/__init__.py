"""The event feed, which passes recorded events on to its consumers."""
