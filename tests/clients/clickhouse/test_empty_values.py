"""Installations with `Nullable` columns: NULL is read as an empty text, and a bad row does not affect the others."""

from datetime import date
from decimal import Decimal
from typing import Any, cast

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from temporalio.exceptions import ApplicationError

from activities.billing.drafting import Drafting
from activities.billing.prepared_drafts import PreparedDrafts
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.terms_reader import ContractTermsReader
from activities.invoice.billed_work import BilledWorkReader
from models.billing.billed_work import NOTHING_BILLED, BilledWork
from models.billing.ports import Batch, DraftInput
from models.contracts.ports import ContractQuery
from models.contracts.terms import ContractTerms
from models.contracts.worklog import WorklogUnreadable
from models.invoice.content.content import Content
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.values.failure_codes import Failure
from models.values.period import Period
from tests.fixtures.invoices import terms

FEBRUARY = Period.month(2026, 2)
FIRST_OF_MARCH = date(2026, 3, 1)
TEXT = {
    "cdm.jira_applications": "customer_key status application_name description deal_type currency labels",
    "cdm.jira_customers": "company_name company_type address tin ccea swift_bic account_number",
    "cdm.jira_contacts": "name email phone",
    "tempo.worklogs_flat": "account_id user_name issue_key project_label",
    "jira.jira_issues": "issue_key issue_type priority summary",
}


@pytest.fixture
def nullable(tables: Client) -> Client:
    """Return a client of tables in which all texts except the keys, and the worked time, may be NULL."""
    for table, columns in TEXT.items():
        for column in columns.split():
            tables.command(f"ALTER TABLE {table} MODIFY COLUMN {column} Nullable(String)")
    tables.command("ALTER TABLE tempo.worklogs_flat MODIFY COLUMN duration_seconds Nullable(UInt32)")
    return tables


def insert(client: Client, table: str, **values: object) -> None:
    """Insert a row; columns that are not named are empty."""
    given = {name: "NULL" if value is None else repr(value) for name, value in values.items()}
    client.command(f"INSERT INTO {table} ({', '.join(given)}) VALUES ({', '.join(given.values())})")


def contract(client: Client, key: str, **changes: object) -> None:
    values: dict[str, object] = {
        "application_key": key, "customer_key": "CUST-1", "status": "Active", "application_name": None,
        "description": None, "start_date": "2025-01-01", "deal_amount": 0, "deal_type": "HR", "hourly_rate": 50,
        "currency": "USD", "invoice_amount": 0, "labels": key,
    }  # fmt: skip
    insert(client, "cdm.jira_applications", **values | changes)


def worklog(client: Client, label: str, **changes: object) -> None:
    values: dict[str, object] = {
        "duration_seconds": 3600, "account_id": "acc-1", "user_name": "Ann", "start_date": "2026-02-03",
        "project_label": label, "issue_key": f"{label}-1",
    }  # fmt: skip
    insert(client, "tempo.worklogs_flat", **values | changes)


class TestText:
    def test_a_contract_with_empty_values_is_listed(self, nullable: Client, warehouse: Warehouse) -> None:
        insert(nullable, "cdm.jira_customers", customer_key="CUST-1", company_name=None)
        contract(nullable, "A")
        contract(nullable, "B", customer_key="CUST-404")
        contract(nullable, "C", application_name="Warehouse")
        page = warehouse.search_contracts("")
        assert ([each.application_key for each in page.items], page.total) == (["A", "B", "C"], 3)
        found = warehouse.search_contracts("wareHOUSE")
        assert ([each.application_key for each in found.items], found.total) == (["C"], 1)

    def test_a_customer_with_its_contact(self, nullable: Client, warehouse: Warehouse) -> None:
        insert(nullable, "cdm.jira_customers", customer_key="CUST-1", company_name=None)
        insert(nullable, "cdm.jira_contacts", customer_key="CUST-1", name=None, email="a@example.com")
        assert warehouse.customer("CUST-1").company_name == ""
        assert [(each.name, each.email) for each in warehouse.contacts("CUST-1")] == [("", "a@example.com")]

    def test_a_worklog(self, nullable: Client, warehouse: Warehouse) -> None:
        worklog(nullable, "A", user_name=None, account_id=None, issue_key=None)
        worklog(nullable, "A", user_name=None)
        insert(nullable, "jira.jira_issues", issue_key="A-1", summary=None, issue_type="Task", priority=None)
        found = warehouse.worklogs(["A"], FEBRUARY.start, FEBRUARY.end)
        read = [(w.issue_key, w.account_id, w.user_name, w.issue_type, w.issue_summary, w.seconds) for w in found]
        assert read == [("", "", "", "", "", 3600), ("A-1", "acc-1", "", "Task", "", 3600)]

    def test_a_worklog_of_a_missing_issue(self, tables: Client, scratch_clickhouse_url: str) -> None:
        """The setting join_use_nulls of the server returns NULL for a missing row of a join."""
        worklog(tables, "A")
        client = clickhouse_connect.get_client(
            dsn=scratch_clickhouse_url, autogenerate_session_id=False, settings={"join_use_nulls": 1}
        )
        [found] = Warehouse(lambda: client).worklogs(["A"], FEBRUARY.start, FEBRUARY.end)
        assert (found.issue_summary, found.issue_type, found.priority) == ("", "", "")


class SameTerms:
    """Replaces the terms in PostgreSQL by the same ones for each contract."""

    async def terms(self, *_: object) -> ContractTerms:
        return terms()

    async def terms_of(self, keys: tuple[str, ...], _: date) -> dict[str, ContractTerms]:
        return {key: terms() for key in keys}


class NoOtherInvoices:
    """Replaces the claims in PostgreSQL."""

    async def of_contracts(self, worklogs: dict[str, list[str]], _: Period) -> dict[str, BilledWork]:
        return dict.fromkeys(worklogs, NOTHING_BILLED)


NOTHING_ELSE = cast(BilledWorkReader, NoOtherInvoices())


class StoredDrafts:
    """Replaces the table of prepared drafts."""

    def __init__(self) -> None:
        self.drafts: dict[str, Content] = {}

    async def save(self, billing_run_id: str, drafts: dict[str, Content]) -> None:
        self.drafts = drafts


class TestTimeWorked:
    """A worklog without time is not skipped, because its hours would be missing; the draft is refused."""

    REASON = "The worklog A-1/2026-02-03/acc-1/2 on A-1 of 2026-02-03 cannot be read: seconds is empty."

    @pytest.fixture
    def one_without(self, nullable: Client) -> None:
        insert(nullable, "cdm.jira_customers", customer_key="CUST-1", company_name="Acme")
        for key in ("A", "B"):
            contract(nullable, key)
            worklog(nullable, key)
        worklog(nullable, "A", duration_seconds=None)

    @pytest.mark.usefixtures("one_without")
    async def test_only_the_contract_of_the_worklog_is_refused(self, warehouse: Warehouse) -> None:
        stored = StoredDrafts()
        drafting = Drafting(
            warehouse, cast(ContractTermsReader, SameTerms()), NOTHING_ELSE, cast(PreparedDrafts, stored)
        )
        keys = (await drafting.active_contracts(ContractQuery())).keys
        batch = Batch(billing_run_id="run", period=FEBRUARY, invoice_date=FIRST_OF_MARCH, application_keys=keys)
        result = await drafting.prepare_batch(batch)
        assert result.prepared == ("B",)
        assert [(each.application_key, each.code, each.message) for each in result.refused] == [
            ("A", Failure.DRAFT_REFUSED, self.REASON)
        ]
        assert stored.drafts["B"].totals.total_amount == Decimal("50.00")  # one hour at 50

    @pytest.mark.usefixtures("one_without")
    async def test_a_single_draft_is_refused(self, warehouse: Warehouse) -> None:
        drafting = Drafting(warehouse, cast(ContractTermsReader, SameTerms()), NOTHING_ELSE, cast(PreparedDrafts, None))
        request = DraftRequest(subject=ContractPeriod(application_key="A", period=FEBRUARY), by="anna")
        with pytest.raises(ApplicationError) as refused:
            await drafting.fetch_draft(DraftInput(request=request, invoice_date=FIRST_OF_MARCH))
        assert refused.value.message == self.REASON
        assert cast(Any, refused.value).non_retryable

    @pytest.mark.usefixtures("one_without")
    def test_the_warehouse_names_the_worklog(self, warehouse: Warehouse) -> None:
        with pytest.raises(WorklogUnreadable, match="seconds is empty"):
            warehouse.worklogs(["A"], FEBRUARY.start, FEBRUARY.end)


async def test_a_contract_with_two_rows_is_invoiced_once(tables: Client, warehouse: Warehouse) -> None:
    for _ in range(2):
        contract(tables, "A", application_name="", description="")
    drafting = Drafting(warehouse, cast(ContractTermsReader, None), NOTHING_ELSE, cast(PreparedDrafts, None))
    assert (await drafting.active_contracts(ContractQuery())).keys == ("A",)
