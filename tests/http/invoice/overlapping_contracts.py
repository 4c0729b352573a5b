"""Contracts whose work falls into overlapping periods.

The hourly contracts cost 100 USD an hour. Each has 10 h on 3 February, 10 h on 20 February and 4 h on 10 March.
"""

from clickhouse_connect.driver.client import Client as ClickHouse

from local.demo_data import schema
from tests.http.invoice.test_documented_prefill import worklog

MONTH = ("2026-02-01", "2026-02-28")
HALF = ("2026-02-01", "2026-02-15")
QUARTER = ("2026-01-01", "2026-03-31")
# The days and the hours of each contract's worklogs `KEY-1`, `KEY-2` and `KEY-3`.
LOGGED = (("2026-02-03", 10), ("2026-02-20", 10), ("2026-03-10", 4))
KEYS = {
    "HR": [f"HR-{n}" for n in range(17)],
    "SUP": ["SUP-1", "SUP-2"],
    "FP": [f"FP-{n}" for n in range(1, 6)],
}
AMBIGUOUS = ("CASE-1", "Case-1")


def application(key: str, deal: str) -> str:
    return (
        f"('{key}', 'CUST-1', 'Active', 'Contract {key}', '', '2025-01-01', NULL, 3000, '{deal}', 0, 100, 'USD', 0, "
        f"NULL, NULL, '{key}')"
    )


def rows(key: str) -> list[str]:
    days = enumerate(LOGGED, 1)
    return [worklog(f"{key}-{n}", "PROJ-1", "acc-1", day, "10:00:00", hours * 3600, key) for n, (day, hours) in days]


def fill(client: ClickHouse) -> None:
    """Create the tables anew, with all contracts and their worklogs."""
    keys = [(key, deal) for deal, of_deal in KEYS.items() for key in of_deal] + [(key, "HR") for key in AMBIGUOUS]
    filled = {
        schema.APPLICATIONS: [application(*each) for each in keys],
        schema.CUSTOMERS: ["('CUST-1', 'Acme', '', '', '', '', 'BOFAUS3N', '', '', '', '', 'US')"],
        schema.CONTACTS: ["('CUST-1', 'Ann', 'ann@acme.example.com', '')"],
        schema.ISSUES: ["('PROJ-1', 'Task', 'P4', 'PROJ', 'Development', '')"],
        schema.WORKLOGS: [row for key, _ in keys for row in rows(key)],
    }
    for database in schema.DATABASES:
        client.command(f"DROP DATABASE IF EXISTS {database} SYNC")
        client.command(f"CREATE DATABASE {database}")
    for table, columns in schema.TABLES.items():
        client.command(f"CREATE TABLE {table} {columns}")
        client.command(f"INSERT INTO {table} VALUES {', '.join(filled[table])}")


def log(tables: ClickHouse, worklog_id: str, day: str, hours: int, key: str) -> None:
    row = worklog(worklog_id, "PROJ-1", "acc-1", day, "12:00:00", hours * 3600, key)
    tables.command(f"INSERT INTO {schema.WORKLOGS} VALUES {row}")
