"""Orchestration: what happens in which order."""
