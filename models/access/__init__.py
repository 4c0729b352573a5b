"""Roles, users, API keys, and the delay of failed logins."""
