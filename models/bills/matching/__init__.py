"""Which resource each cost of a bill belongs to. See docs/specification/bills.md 8."""
