"""Heartbeats and bounded thread pools."""
