"""Heartbeats of activities and bounded thread pools."""
