"""The soak: random lives of invoices on the embedded stack under faults, kills and operators' hands, then a check."""
