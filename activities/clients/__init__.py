"""Typed clients of the external systems. Each call is one attempt without retries; `errors` lists the failures."""
