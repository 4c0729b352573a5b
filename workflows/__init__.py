"""Workflows: the order of steps, timers and retries."""
