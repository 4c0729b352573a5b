"""The finance dashboard."""
