"""The ledger of external effects."""
