"""Contracts and their worklogs, as ClickHouse has them."""
