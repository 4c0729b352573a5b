"""Roles and users."""
