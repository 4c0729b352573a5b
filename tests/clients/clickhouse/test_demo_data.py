"""The demo data contains all cases that billing distinguishes, is plausible, and is the same for the same seed."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from activities.clients.clickhouse.queries import ISSUES, TABLES, WORKLOGS, worklog_query
from activities.clients.clickhouse.warehouse import Warehouse
from local import demo_data
from local.demo_data import worked_example
from local.demo_data.months import Month, months_to
from models.billing.pricing import client_type, price_worklogs
from models.contracts.contract import Contract, DealType
from models.contracts.rate_rule import RateRule, Tier, billable_seconds
from models.contracts.worklog import Worklog
from models.invoice.content.basis import ClientType
from models.values.money import hours
from models.values.period import Period
from tests.fixtures.clickhouse import DEMO_TODAY

FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
ALL_MONTHS = (date(2025, 9, 1), date(2026, 3, 31))


@pytest.fixture(scope="module")
def demo(demo_clickhouse_url: str) -> Iterator[Client]:
    client = clickhouse_connect.get_client(dsn=demo_clickhouse_url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def contracts(demo_warehouse: Warehouse) -> dict[str, Contract]:
    return {each.application_key: each for each in demo_warehouse.contracts(active_only=False).read}


@pytest.fixture(scope="module")
def all_worklogs(demo_warehouse: Warehouse, contracts: dict[str, Contract]) -> dict[str, list[Worklog]]:
    return demo_warehouse.worklogs_of({key: each.labels for key, each in contracts.items()}, *ALL_MONTHS).read


def billed(worklogs: list[Worklog]) -> list[Worklog]:
    return [each for each in worklogs if each.account_id not in demo_data.EXCLUSIONS]


def total_hours(worklogs: list[Worklog]) -> Decimal:
    return hours(sum(billable_seconds(each) for each in billed(worklogs)))


def value(client: Client, query: str) -> object:
    return client.query(query).result_rows[0][0]


class TestAcme:
    def test_its_last_month_is_the_documented_example(
        self, demo_warehouse: Warehouse, contracts: dict[str, Contract]
    ) -> None:
        """45.50 h with a limit of 40 h at 150,000.00: 15,000,000.00 + 5.50 x 150,000.00 = 15,825,000.00."""
        acme = contracts["APP-001"]
        assert (acme.customer_key, acme.application_name, acme.deal_type) == ("CUST-001", "Acme Support", DealType.SUP)
        customer = demo_warehouse.customer("CUST-001")
        assert (customer.company_name, customer.tin) == ("Acme Corp", "123456789")
        worklogs = billed(demo_warehouse.worklogs(acme.labels, *FEBRUARY))
        assert total_hours(worklogs) == Decimal("45.50")
        kind = client_type(acme, customer.swift_bic)
        lines = price_worklogs(acme, kind, RateRule.of(acme), worklogs, Period(start=FEBRUARY[0], end=FEBRUARY[1]))
        amounts = [(line.rule, line.quantity, line.line_total) for line in lines if line.rule != "SUP.task"]
        assert amounts == [
            ("SUP.base", Decimal(1), Decimal("15000000.00")),
            ("SUP.overtime", Decimal("5.50"), Decimal("825000.00")),
        ]
        [dashboard] = [line for line in lines if line.work.jira_key == "PROJ-456"]
        assert (dashboard.description, dashboard.quantity, dashboard.line_total) == (
            "PROJ-456: Implement user dashboard",
            Decimal("2.00"),
            Decimal("300000.00"),
        )
        assert {line.work.rate_tier for line in lines} >= {Tier.STANDARD, Tier.CRITICAL, Tier.CRITICAL_OFF_HOURS}

    @pytest.mark.parametrize("first", [date(2026, month, 1) for month in range(1, 13)])
    def test_it_fits_into_any_month(self, first: date) -> None:
        month = Month(first, first.replace(day=28))
        rows = worked_example.worklog_rows(month)
        assert len(rows) == len(worked_example.LOGGED)

    def test_its_other_months_are_near_the_limit(self, all_worklogs: dict[str, list[Worklog]]) -> None:
        for month in (9, 10, 11, 12, 1):
            worklogs = [each for each in all_worklogs["APP-001"] if each.started_on.month == month]
            assert 30 <= total_hours(worklogs) <= 55


class TestContracts:
    def test_all_kinds_occur(self, demo_warehouse: Warehouse, contracts: dict[str, Contract]) -> None:
        customers = demo_warehouse.customers(each.customer_key for each in contracts.values())
        kinds = {
            (each.deal_type, client_type(each, customers[each.customer_key].swift_bic)) for each in contracts.values()
        }
        assert kinds == {(deal_type, kind) for deal_type in DealType for kind in ClientType}
        assert {each.currency for each in contracts.values()} == {"UZS", "USD", "EUR"}
        assert len(contracts) == 13
        assert len(demo_warehouse.contracts().read) == 12  # APP-011 is closed

    def test_contracts_that_billing_distinguishes(
        self, demo: Client, demo_warehouse: Warehouse, contracts: dict[str, Contract]
    ) -> None:
        def swift_of(key: str) -> str:
            return demo_warehouse.customer(contracts[key].customer_key).swift_bic

        assert (contracts["APP-003"].deal_type, contracts["APP-003"].invoice_amount) == (
            DealType.SUP,
            Decimal("12600.00"),
        )
        by_the_hour = contracts["APP-004"]
        assert (by_the_hour.deal_type, by_the_hour.currency) == (DealType.HR, "USD")
        assert (by_the_hour.hourly_rate, by_the_hour.invoice_amount) == (Decimal("50.00"), Decimal("5000.00"))
        assert contracts["APP-005"].currency == "UZS"
        assert len(swift_of("APP-005")) == 8
        assert (contracts["APP-006"].currency, swift_of("APP-006")) == ("UZS", "-")
        assert contracts["APP-008"].labels == ()
        assert contracts["APP-010"].labels == ("CHORSU", "CHAPP")
        assert contracts["APP-011"].status == "Closed"
        assert contracts["APP-011"].finish_date == date(2025, 11, 30)
        nulls = demo.query("SELECT application_key FROM cdm.jira_applications WHERE monthly_limit IS NULL").result_rows
        assert ("APP-012",) in nulls
        assert contracts["APP-012"].monthly_limit == 0

    def test_hours_are_plausible(self, contracts: dict[str, Contract], all_worklogs: dict[str, list[Worklog]]) -> None:
        february = {
            key: total_hours([each for each in worklogs if each.started_on.month == 2])
            for key, worklogs in all_worklogs.items()
        }
        assert february["APP-008"] == february["APP-009"] == february["APP-011"] == february["APP-013"] == 0
        assert february["APP-002"] > contracts["APP-002"].monthly_limit  # overtime
        assert 0 < february["APP-003"] <= contracts["APP-003"].monthly_limit
        for key in ("APP-004", "APP-005", "APP-006", "APP-007", "APP-010", "APP-012"):
            assert 200 <= february[key] <= 500

    def test_legal_details_are_complete(self, demo_warehouse: Warehouse, contracts: dict[str, Contract]) -> None:
        customers = demo_warehouse.customers(each.customer_key for each in contracts.values())
        contacts = demo_warehouse.contacts_of(customers)
        for customer in customers.values():
            assert re.fullmatch(r"\d{9}", customer.tin)
            assert all((customer.address, customer.bank_name, customer.signer_full_name, customer.company_type))
            if customer.country == "UZ":
                assert re.fullmatch(r"\d{20}", customer.account_number)
                assert re.fullmatch(r"\d{5}", customer.mfo)
            else:
                assert len(customer.swift_bic) == 11
            assert all(contact.email.endswith("example.com") for contact in contacts[customer.customer_key])
            assert contacts[customer.customer_key]


class TestWorklogs:
    def test_the_requested_number_up_to_yesterday(self, demo: Client) -> None:
        count, ids, first, last = demo.query(
            "SELECT count(), uniqExact(worklog_id), min(start_date), max(start_date) FROM tempo.worklogs_flat"
        ).result_rows[0]
        assert (count, ids) == (20_000, 20_000)
        assert (first, last) == (date(2025, 9, 1), date(2026, 3, 17))

    def test_all_tiers_and_special_cases_occur(self, all_worklogs: dict[str, list[Worklog]]) -> None:
        worklogs = [each for of_contract in all_worklogs.values() for each in of_contract]
        assert {each.issue_type for each in worklogs} == {"Incident", "Task", "Bug", "Story"}
        assert {each.priority for each in worklogs} == {"P1", "P2", "P3", "P4", "P5"}
        assert {each.account_id for each in worklogs} == {f"acc-{n:02}" for n in range(1, 11)}
        assert {RateRule().tier(each) for each in worklogs} == set(Tier) - {Tier.OVERTIME}
        assert any(each.started_on.isoweekday() >= 6 for each in worklogs)
        assert any(each.seconds < 1800 for each in worklogs)
        tickets = [each for each in worklogs if each.issue_key.startswith("SUP-")]
        assert tickets
        assert all(each.linked_issue_key for each in tickets)
        assert not any(each.linked_issue_key for each in worklogs if not each.issue_key.startswith("SUP-"))

    def test_the_day_is_the_day_in_tashkent(self, all_worklogs: dict[str, list[Worklog]]) -> None:
        for each in all_worklogs["APP-002"]:
            assert each.started_at is not None
            assert each.started_at.astimezone(ZoneInfo("Asia/Tashkent")).date() == each.started_on

    def test_every_issue_is_known(self, demo: Client) -> None:
        known = "(SELECT issue_key FROM jira.jira_issues)"
        assert value(demo, f"SELECT count() FROM tempo.worklogs_flat WHERE issue_key NOT IN {known}") == 0
        linked = "linked_issue_key != '' AND linked_issue_key"
        assert value(demo, f"SELECT count() FROM jira.jira_issues WHERE {linked} NOT IN {known}") == 0
        assert value(demo, "SELECT count() = uniqExact(issue_key) AND min(summary) != '' FROM jira.jira_issues") == 1

    def test_the_query_of_a_month_reads_one_granule(self, server: Client) -> None:
        """The query reads one granule (8,192 rows) of 100,000 rows a month, independent of the size of the table."""
        demo_data.load(server, size=600_000, contracts=240, today=date(2026, 3, 1))
        everything = {
            table: {column.name for column in each.columns}
            for table, each in zip((WORKLOGS.name, ISSUES.name), (WORKLOGS, ISSUES), strict=True)
        }
        plan = server.query(
            "EXPLAIN indexes = 1 " + worklog_query(everything),
            parameters={"labels": ["B00100"], "start": FEBRUARY[0], "end": FEBRUARY[1]},
        )
        text = "\n".join(row[0] for row in plan.result_rows)
        read = text[text.index("PrimaryKey", text.index(WORKLOGS.name)) :]
        granules = re.search(r"Granules: (\d+)/(\d+)", read)
        assert granules is not None
        assert int(granules[1]) <= 2
        assert int(granules[2]) >= 10


class TestLoading:
    def test_the_same_load_is_not_repeated(self, server: Client) -> None:
        first = demo_data.load(server, size=3000, today=DEMO_TODAY)
        assert first.loaded
        assert (first.contracts, first.worklogs) == (13, 3000)
        assert (first.period_start, first.period_end) == FEBRUARY
        assert demo_data.load(server, size=3000, today=date(2026, 3, 30)) == replace(first, loaded=False)

    def test_the_same_seed_gives_the_same_data(self, server: Client) -> None:
        def generated(seed: int) -> list[object]:
            demo_data.load(server, size=3000, seed=seed, contracts=20, today=DEMO_TODAY)
            return [value(server, f"SELECT groupBitXor(cityHash64(*)) FROM {table}") for table in TABLES]

        once, other, again = generated(1), generated(2), generated(1)
        assert once == again
        assert once[3] != other[3]

    def test_more_contracts_are_generated_in_clickhouse(self, server: Client, warehouse: Warehouse) -> None:
        summary = demo_data.load(server, size=30_000, contracts=100, today=DEMO_TODAY)
        contracts = warehouse.contracts(active_only=False).read
        assert summary.contracts == len(contracts) == 100
        # Acme and Silk Caravan have two contracts each
        assert len(warehouse.customers(each.customer_key for each in contracts)) == 98
        assert warehouse.contracts().unreadable == []
        worklogs = warehouse.worklogs_of({each.application_key: each.labels for each in contracts}, *FEBRUARY).read
        assert {key for key, of_contract in worklogs.items() if not of_contract} == {
            "APP-008",
            "APP-009",
            "APP-011",
            "APP-013",
        }
        assert warehouse.contracts_of(["APP-100"])["APP-100"].labels == ("B00100",)

    def test_progress_adds_up(self, server: Client) -> None:
        steps: list[int] = []
        demo_data.load(server, size=2000, today=DEMO_TODAY, progress=steps.append)
        assert sum(steps) == 2000

    def test_existing_tables_are_not_changed(self, tables: Client) -> None:
        with pytest.raises(demo_data.TablesInUse, match=r"already has cdm\.jira_applications"):
            demo_data.load(tables, today=DEMO_TODAY)
        assert value(tables, "EXISTS DATABASE aktum_demo") == 0

    def test_the_first_of_a_month_has_no_running_month_yet(self, server: Client) -> None:
        assert demo_data.load(server, size=2000, today=date(2026, 3, 1)).worklogs == 2000
        assert value(server, "SELECT max(start_date) <= '2026-02-28' FROM tempo.worklogs_flat") == 1

    def test_months_end_with_the_running_one(self) -> None:
        months = months_to(date(2026, 1, 10))
        assert [(each.first, each.last) for each in months[-2:]] == [
            (date(2025, 12, 1), date(2025, 12, 31)),
            (date(2026, 1, 1), date(2026, 1, 9)),
        ]
        assert months[0].first == date(2025, 7, 1)
        assert len(months) == 7

    @pytest.mark.usefixtures("server")
    def test_from_the_command_line(self, scratch_clickhouse_url: str) -> None:
        command = [sys.executable, "-m", "local.demo_data", "--dsn", scratch_clickhouse_url, "--size", "1000"]
        done = subprocess.run([*command, "--today", "2026-03-18"], capture_output=True, text=True, check=True)
        assert "Loaded 13 contracts, 1,000 worklogs" in " ".join(done.stdout.split())
