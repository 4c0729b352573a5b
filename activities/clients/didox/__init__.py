"""The client of Didox."""
