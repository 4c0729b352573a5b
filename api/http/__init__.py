"""Conventions of the HTTP interface: envelopes, numbers, parameters and error responses."""
