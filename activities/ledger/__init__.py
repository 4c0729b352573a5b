"""The ledger of external effects: every effect is executed once, and its row records the outcome."""
