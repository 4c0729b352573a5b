"""Delegations: who may give some commands for another user, and for how long."""
