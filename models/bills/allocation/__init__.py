"""To whom the cost of a bill is allocated: contracts of clients, and projects. See docs/specification/bills.md 9."""
