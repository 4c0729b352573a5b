"""The client of ClickHouse, where contracts, customers and worklogs are read."""
