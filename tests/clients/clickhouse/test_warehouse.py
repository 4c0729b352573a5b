"""The warehouse reads the tables of an installation, and reports when ClickHouse does not answer."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from activities.clients.clickhouse.errors import WarehouseRefused, WarehouseTimeout, WarehouseUnavailable
from activities.clients.clickhouse.warehouse import Warehouse
from models.contracts.contract import (
    Contact,
    Contract,
    ContractNotFound,
    ContractUnreadable,
    Customer,
    CustomerNotFound,
    DealType,
)
from models.contracts.worklog import WorklogUnreadable
from tests.clients.clickhouse.known_tables import create_tables

FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
ACME = """('APP-001', 'CUST-001', 'Active', 'Acme Support', '', '2025-01-01', NULL, 15000000, 'SUP', NULL, 150000,
    'UZS', 0, '2025-01-15', 'PO-1', ' PROJ,  OPS,PROJ,')"""


def insert(client: Client, table: str, *rows: str) -> None:
    client.command(f"INSERT INTO {table} VALUES {', '.join(rows)}")


def contract(key: str, *, status: str = "Active", deal_type: str = "HR", name: str = "Support") -> str:
    return (
        f"('{key}', 'CUST-9', '{status}', '{name}', '', '2025-01-01', NULL, 0, '{deal_type}', 0, 50, 'USD', 0, "
        "NULL, NULL, '')"
    )


def worked(client: Client, label: str, *, seconds: int = 3600) -> None:
    """Insert a row of the worklog W-1 into a table that has ids."""
    insert(client, "tempo.worklogs_flat", f"({seconds}, 'a', '', '2026-02-10', '{label}', 'A-1', 'W-1')")


class TestContracts:
    def test_every_column_is_read(self, tables: Client, warehouse: Warehouse) -> None:
        insert(tables, "cdm.jira_applications", ACME)
        assert warehouse.contract("APP-001") == Contract(
            application_key="APP-001",
            customer_key="CUST-001",
            status="Active",
            application_name="Acme Support",
            start_date=date(2025, 1, 1),
            deal_amount=Decimal("15000000.00"),
            deal_type=DealType.SUP,
            monthly_limit=Decimal(0),
            hourly_rate=Decimal("150000.00"),
            currency="UZS",
            invoice_amount=Decimal(0),
            agreement_date=date(2025, 1, 15),
            agreement_number="PO-1",
            labels=("PROJ", "OPS"),
        )

    @pytest.mark.usefixtures("tables")
    def test_an_unknown_key_is_named(self, warehouse: Warehouse) -> None:
        with pytest.raises(ContractNotFound, match=r"There is no contract APP-404 in ClickHouse\."):
            warehouse.contract("APP-404")

    def test_only_active_contracts_by_default(self, tables: Client, warehouse: Warehouse) -> None:
        insert(tables, "cdm.jira_applications", contract("B"), contract("C", status="Closed"), contract("A"))
        assert [each.application_key for each in warehouse.contracts().read] == ["A", "B"]
        assert [each.application_key for each in warehouse.contracts(active_only=False).read] == ["A", "B", "C"]

    def test_an_unreadable_contract_does_not_affect_the_others(self, tables: Client, warehouse: Warehouse) -> None:
        insert(tables, "cdm.jira_applications", contract("A", deal_type="TM"), contract("B"))
        assert [each.application_key for each in warehouse.contracts().read] == ["B"]
        assert list(warehouse.contracts_of(["A", "B"])) == ["B"]
        assert [str(each) for each in warehouse.contracts().unreadable] == [
            "Contract A cannot be read: deal_type is 'TM'."
        ]
        for read in (warehouse.contract, warehouse.billable_contract):
            with pytest.raises(ContractUnreadable, match="deal_type is 'TM'"):
                read("A")

    def test_search_finds_key_name_and_company(self, tables: Client, warehouse: Warehouse) -> None:
        insert(tables, "cdm.jira_applications", ACME, contract("APP-002", name="Омбор"), contract("APP-003"))
        insert(tables, "cdm.jira_applications", contract("APP-004", status="Closed"))
        insert(tables, "cdm.jira_customers", "('CUST-001', 'Acme Corp', 'LLC', '', '', '', '', '')")

        def keys(text: str, offset: int = 0, limit: int = 20) -> tuple[list[str], int]:
            page = warehouse.search_contracts(text, offset=offset, limit=limit)
            return [each.application_key for each in page.items], page.total

        assert keys("") == (["APP-001", "APP-002", "APP-003"], 3)
        assert keys("app-", offset=1, limit=1) == (["APP-002"], 3)
        assert keys("ОМБОР") == (["APP-002"], 1)
        assert keys("acme corp") == (["APP-001"], 1)
        assert keys("' OR 1 = 1 --") == ([], 0)


class TestCustomers:
    def test_missing_columns_are_empty(self, tables: Client, warehouse: Warehouse) -> None:
        insert(tables, "cdm.jira_customers", "('C1', 'Acme', 'LLC', 'Toshkent', '123456789', '62010', '', '20208')")
        assert warehouse.customer("C1") == Customer(
            customer_key="C1",
            company_name="Acme",
            company_type="LLC",
            address="Toshkent",
            tin="123456789",
            ccea="62010",
            account_number="20208",
        )

    @pytest.mark.usefixtures("tables")
    def test_a_missing_customer_is_reported_with_its_contract(self, warehouse: Warehouse) -> None:
        message = r"The customer C9 of contract APP-009 is not in ClickHouse\."
        with pytest.raises(CustomerNotFound, match=message):
            warehouse.customer("C9", "APP-009")

    def test_more_keys_than_fit_into_one_query(self, tables: Client, warehouse: Warehouse) -> None:
        tables.command(
            "INSERT INTO cdm.jira_customers SELECT concat('C', toString(number)), 'Name', '', '', '', '', '', '' "
            "FROM numbers(1200)"
        )
        assert len(warehouse.customers(f"C{n}" for n in range(1300))) == 1200

    def test_contacts_come_with_their_customer(self, tables: Client, warehouse: Warehouse) -> None:
        insert(
            tables, "cdm.jira_contacts", "('C1', 'Zoe', 'z@example.com', NULL)", "('C1', 'Ann', 'a@example.com', '1')"
        )
        ann, zoe = Contact(name="Ann", email="a@example.com", phone="1"), Contact(name="Zoe", email="z@example.com")
        assert warehouse.contacts("C1") == [ann, zoe]
        assert warehouse.contacts_of(["C1", "C2"]) == {"C1": [ann, zoe], "C2": []}


class TestWorklogs:
    def test_a_table_without_ids_and_start_times(self, tables: Client, warehouse: Warehouse) -> None:
        insert(
            tables,
            "tempo.worklogs_flat",
            "(3600, 'acc-01', 'Ann', '2026-02-10', 'P', 'P-2')",
            "(900, 'acc-01', 'Ann', '2026-02-10', 'P', 'P-1')",
            "(900, 'acc-01', 'Ann', '2026-02-10', 'P', 'P-1')",
            "(60, 'acc-02', 'Bob', '2026-02-10', 'P', 'P-1')",
        )
        insert(tables, "jira.jira_issues", "('P-1', 'Incident', 'P2', 'P', 'Nobody can sign in')")
        found = warehouse.worklogs(["P"], *FEBRUARY)
        assert [(each.worklog_id, each.seconds, each.issue_type, each.started_at) for each in found] == [
            ("P-1/2026-02-10/acc-01/1", 900, "Incident", None),
            ("P-1/2026-02-10/acc-01/2", 900, "Incident", None),
            ("P-1/2026-02-10/acc-02/1", 60, "Incident", None),
            ("P-2/2026-02-10/acc-01/1", 3600, "", None),
        ]
        assert (found[0].issue_summary, found[0].priority, found[0].linked_issue_key) == (
            "Nobody can sign in",
            "P2",
            None,
        )

    def test_a_table_with_ids_and_start_times(self, tables: Client, warehouse: Warehouse) -> None:
        tables.command("ALTER TABLE tempo.worklogs_flat ADD COLUMN worklog_id UInt64")
        tables.command("ALTER TABLE tempo.worklogs_flat ADD COLUMN started_at Nullable(DateTime('Asia/Tashkent'))")
        tables.command("ALTER TABLE jira.jira_issues ADD COLUMN linked_issue_key Nullable(String)")
        insert(
            tables,
            "tempo.worklogs_flat",
            "(60, 'a', '', '2026-02-10', 'P', 'P-1', 10, NULL)",
            "(60, 'a', '', '2026-02-10', 'P', 'P-1', 11, '2026-02-10 18:30:00')",
            "(60, 'a', '', '2026-02-10', 'P', 'SUP-9', 12, '2026-02-10 09:00:00')",
        )
        insert(tables, "jira.jira_issues", "('SUP-9', 'Task', 'P4', 'P', 'Ticket', 'P-1')")
        found = warehouse.worklogs(["P"], *FEBRUARY)
        # Tashkent is five hours ahead of UTC.
        assert [(each.worklog_id, each.started_at, each.linked_issue_key) for each in found] == [
            ("12", datetime(2026, 2, 10, 4, 0, tzinfo=UTC), "P-1"),
            ("11", datetime(2026, 2, 10, 13, 30, tzinfo=UTC), None),
            ("10", None, None),
        ]

    def test_the_period_includes_both_its_days(self, tables: Client, warehouse: Warehouse) -> None:
        days = ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01")
        insert(tables, "tempo.worklogs_flat", *(f"(60, 'a', '', '{day}', 'P', 'P-1')" for day in days))
        assert [each.started_on for each in warehouse.worklogs(["P"], *FEBRUARY)] == list(FEBRUARY)

    def test_an_issue_with_two_rows_is_joined_once(self, tables: Client, warehouse: Warehouse) -> None:
        insert(tables, "tempo.worklogs_flat", "(60, 'a', '', '2026-02-10', 'P', 'P-1')")
        insert(tables, "jira.jira_issues", "('P-1', 'Bug', 'P3', 'P', 'Old')", "('P-1', 'Bug', 'P3', 'P', 'New')")
        assert len(warehouse.worklogs(["P"], *FEBRUARY)) == 1

    def test_a_worklog_with_several_rows_is_read_once(self, tables: Client, warehouse: Warehouse) -> None:
        tables.command("ALTER TABLE tempo.worklogs_flat ADD COLUMN worklog_id String")
        for label in ("A", "A", "B"):  # an issue of two projects has a row in each
            worked(tables, label)
        [found] = warehouse.worklogs(["A", "B"], *FEBRUARY)
        assert (found.worklog_id, found.seconds) == ("W-1", 3600)

    def test_two_different_rows_of_one_worklog_are_refused(self, tables: Client, warehouse: Warehouse) -> None:
        """The warehouse cannot tell which row is right."""
        tables.command("ALTER TABLE tempo.worklogs_flat ADD COLUMN worklog_id String")
        worked(tables, "A")
        worked(tables, "A", seconds=7200)
        with pytest.raises(WorklogUnreadable, match="two rows have this id, one with seconds 3600, one with 7200"):
            warehouse.worklogs(["A"], *FEBRUARY)

    def test_a_contract_without_labels_has_none(self, tables: Client, warehouse: Warehouse) -> None:
        insert(tables, "tempo.worklogs_flat", "(60, 'a', '', '2026-02-10', '', 'P-1')")
        assert warehouse.worklogs([], *FEBRUARY) == []

    def test_many_contracts_have_the_same_worklogs_as_each_alone(self, tables: Client, warehouse: Warehouse) -> None:
        rows = (("P", "P-1"), ("P", "P-1"), ("Q", "P-1"), ("Q", "Q-1"), ('it\'s, "odd"', "R-1"), ("S", "S-1"))
        escaped = [(label.replace("'", "''"), issue) for label, issue in rows]
        insert(
            tables,
            "tempo.worklogs_flat",
            *(f"(60, 'a', '', '2026-02-10', '{label}', '{issue}')" for label, issue in escaped),
        )
        contracts = {"A": ["P", "Q"], "B": ["Q"], "C": ['it\'s, "odd"'], "D": []}
        together = warehouse.worklogs_of(contracts, *FEBRUARY).read
        assert {key: len(found) for key, found in together.items()} == {"A": 4, "B": 2, "C": 1, "D": 0}
        assert together == {key: warehouse.worklogs(labels, *FEBRUARY) for key, labels in contracts.items()}


class TestFailures:
    def test_a_query_that_takes_too_long(self, tables: Client, scratch_clickhouse_url: str) -> None:
        tables.command("DROP TABLE cdm.jira_contacts")
        tables.command(
            "CREATE VIEW cdm.jira_contacts AS SELECT 'C1' AS customer_key, '' AS name, '' AS email, '' AS phone "
            "FROM numbers(100) WHERE sleepEachRow(0.1) = 0 SETTINGS max_block_size = 1"
        )
        slow = Warehouse.at(scratch_clickhouse_url, timeout_seconds=1)
        with pytest.raises(WarehouseTimeout, match=r"^ClickHouse did not answer within 1 s$"):
            slow.contacts("C1")
        slow.close()

    def test_a_server_that_never_answers(self) -> None:
        with listening() as port, pytest.raises(WarehouseTimeout, match="within 1 s"):
            Warehouse.at(f"http://127.0.0.1:{port}", timeout_seconds=1).contracts()

    def test_a_server_that_is_not_there(self) -> None:
        with listening() as port:
            pass
        with pytest.raises(WarehouseUnavailable, match="cannot be reached"):
            Warehouse.at(f"http://127.0.0.1:{port}").contracts()

    @pytest.mark.usefixtures("tables")
    def test_a_wrong_password(self, scratch_clickhouse_url: str) -> None:
        with pytest.raises(WarehouseRefused, match="Authentication failed"):
            Warehouse.at(scratch_clickhouse_url.replace("secret", "wrong")).contracts()

    def test_tables_that_are_created_later(self, server: Client, warehouse: Warehouse) -> None:
        with pytest.raises(WarehouseRefused, match=r"has no table cdm\.jira_applications, cdm\.jira_customers"):
            warehouse.contracts()
        create_tables(server)
        assert warehouse.contracts().read == []

    def test_tables_that_change(self, tables: Client, warehouse: Warehouse) -> None:
        tables.command("ALTER TABLE cdm.jira_customers ADD COLUMN mfo String")
        assert warehouse.customers(["C1"]) == {}
        tables.command("ALTER TABLE cdm.jira_customers DROP COLUMN mfo")
        with pytest.raises(WarehouseRefused, match="mfo"):
            warehouse.customers(["C1"])
        assert warehouse.customers(["C1"]) == {}

    @pytest.mark.usefixtures("tables")
    def test_a_user_who_may_not_change_settings(self, scratch_clickhouse_url: str) -> None:
        def connect() -> Client:
            client = clickhouse_connect.get_client(dsn=scratch_clickhouse_url, autogenerate_session_id=False)
            limit = client.server_settings["max_execution_time"]
            client.server_settings["max_execution_time"] = type(limit)(limit.name, limit.value, readonly=1)
            return client

        assert Warehouse(connect).contracts().read == []

    def test_many_threads_share_one(self, demo_warehouse: Warehouse) -> None:
        alone = demo_warehouse.worklogs(["FLEET"], *FEBRUARY)
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: demo_warehouse.worklogs(["FLEET"], *FEBRUARY), range(24)))
        assert all(each == alone for each in found)


@contextmanager
def listening() -> Iterator[int]:
    """Yield a port that accepts connections and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        yield silent.getsockname()[1]
