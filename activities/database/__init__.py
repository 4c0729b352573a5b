"""Engines of PostgreSQL and the names of violated constraints."""
