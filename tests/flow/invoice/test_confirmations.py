"""Questions to a person: a due date in the past at finalize, and a period outside the contract at generate."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.worker import Replayer

from models.contracts.contract import ContractRecords, DealType
from models.invoice.commands import Edit, Finalize
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.status import Status
from models.values.period import Period, local_day
from tests.fixtures import invoices
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver
from worker import build_worker
from workflows.client.connection import DATA_CONVERTER
from workflows.client.errors import CommandRefused, RequestFailed
from workflows.client.invoices import generate
from workflows.registry import WORKFLOWS
from workflows.runtime import ids
from workflows.runtime.interceptors import GuardMessages

FEBRUARY = Period.month(2026, 2)
ZONE = "Asia/Tashkent"


def today() -> str:
    return str(local_day(datetime.now(UTC), ZONE))


async def with_a_past_due_date(driver: InvoiceDriver) -> None:
    """Date the draft 100 days ago; with 45 days to pay, it was due 55 days ago."""
    long_ago = local_day(datetime.now(UTC), ZONE) - timedelta(days=100)
    await driver.send(Edit(by="amina", expected_revision=1, invoice_date=long_ago))


async def test_finalize_asks_about_a_due_date_in_the_past(driver: InvoiceDriver) -> None:
    await with_a_past_due_date(driver)
    before = await driver.events()
    with pytest.raises(CommandRefused) as refused:
        await driver.send(Finalize(by="amina"))
    assert (refused.value.code, [each["code"] for each in refused.value.warnings]) == (
        "NeedsConfirmation",
        ["DueDatePassed"],
    )
    assert await driver.events() == before
    await driver.handle.signal("finalize", {"by": "amina"})
    await driver.until_details("Ignored `finalize`")
    assert (await driver.state()).status is Status.DRAFT
    await driver.send(Finalize(by="amina", confirmed_warnings=("DueDatePassed",)))
    issued = await driver.state()
    assert issued.due == issued.content.invoice_date + timedelta(days=45)
    assert str(issued.due) < today()


async def test_the_date_moves_to_the_day_of_issue(driver: InvoiceDriver) -> None:
    await with_a_past_due_date(driver)
    await driver.handle.signal("finalize", {"by": "amina", "issue_today": True})
    issued = await driver.until(lambda invoice: invoice.number is not None)
    assert str(issued.content.invoice_date) == today()
    assert issued.due == issued.content.invoice_date + timedelta(days=45)


async def test_a_history_without_the_question_replays(driver: InvoiceDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        for module in ("models.invoice.checks.confirmation", "workflows.invoice.transitions"):
            earlier.setattr(f"{module}.due_date_warning", lambda *_: None)
        await with_a_past_due_date(driver)
        await driver.finalize_and_approve()
        await driver.send_by_email()
    replayer = Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, interceptors=[GuardMessages()])
    await replayer.replay_workflow(await driver.handle.fetch_history())


@pytest.fixture
async def client(temporal: Client, activities: InMemoryActivities) -> AsyncIterator[Client]:
    """Run a worker on the task queue of the callers, for contracts that ended before February; return their client."""

    def ended(key: str) -> ContractRecords:
        return invoices.contract((), DealType.FP, application_key=key, finish_date="2025-12-31")

    activities.records = ended
    async with build_worker(temporal, activities.all(), ids.TASK_QUEUE):
        yield temporal


def requests() -> tuple[DraftRequest, DraftRequest]:
    """A request that confirms nothing, and one of another person for the same draft that confirms."""
    subject = ContractPeriod(application_key=f"C-{uuid4().hex[:8]}", period=FEBRUARY)
    bare = DraftRequest(subject=subject, by="amina", request_fingerprint="bare")
    return bare, bare.model_copy(update={"request_fingerprint": "sure", "confirmed_warnings": ("OutsideContract",)})


async def test_generate_asks_about_a_period_outside_the_contract(
    client: Client, activities: InMemoryActivities
) -> None:
    bare, confirming = requests()
    with pytest.raises(RequestFailed) as failed:
        await generate(client, bare)
    assert (failed.value.code, [each["code"] for each in failed.value.warnings]) == (
        "NeedsConfirmation",
        ["OutsideContract"],
    )
    assert activities.saved == {}
    opened = await generate(client, confirming)
    assert opened.created_by_request == "sure"
    assert activities.saved[opened.invoice_id].request.confirmed_warnings == ("OutsideContract",)


async def test_the_question_to_one_request_does_not_fail_another(client: Client) -> None:
    bare, confirming = requests()
    refused, opened = await asyncio.gather(generate(client, bare), generate(client, confirming), return_exceptions=True)
    assert not isinstance(opened, BaseException)
    if isinstance(refused, RequestFailed):  # else it has found the other one's draft
        assert refused.code == "NeedsConfirmation"
