"""The contracts as ClickHouse has them, with their invoices: the list, and one contract with its worklogs."""
