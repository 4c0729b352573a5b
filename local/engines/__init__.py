"""The engines of the embedded stack."""
