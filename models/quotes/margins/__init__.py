"""The margin of what happened: revenue of issued invoices, cost of their work, and work that nobody pays."""
