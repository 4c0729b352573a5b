"""Builds the Go programs Gotenberg and versitygw."""
