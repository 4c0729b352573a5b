"""The client of the ClickHouse warehouse."""
