"""The monthly fetch: which month it asks for, how it waits for a late invoice, and its schedules."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError

from models.bills.ingest import FetchReport
from models.bills.ports import FETCH_INVOICES
from models.values.failure_codes import Failure
from tests.fixtures.bill_activities import InMemoryBills, bill_key, file
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.temporal import fast_forward
from worker import build_bill_worker, build_worker
from workflows.bills.bill import VendorBillWorkflow
from workflows.bills.fetch import MOST_LOOKS, VendorBillFetchWorkflow
from workflows.bills.messages import FetchStart
from workflows.client.recurring import bill_fetches
from workflows.runtime import ids


@pytest.fixture
def bills() -> InMemoryBills:
    return InMemoryBills()


@pytest.fixture
async def client(temporal: Client, bills: InMemoryBills, queue: str) -> AsyncIterator[Client]:
    async with build_worker(temporal, bills.others(), queue), build_bill_worker(temporal, bills.bulk(), queue):
        yield temporal


async def test_the_invoices_of_a_month_become_bills(client: Client, bills: InMemoryBills, queue: str) -> None:
    sha256, key = uuid4().hex, bill_key(uuid4().hex[:12])
    bills.files[sha256] = [key]
    bills.invoices["2026-04"] = [file(sha256)]
    report = await client.execute_workflow(
        VendorBillFetchWorkflow.run,
        FetchStart(account="main", month="2026-04"),
        id=f"fetch.{uuid4()}",
        task_queue=queue,
    )
    assert (report.month, report.files, report.looks) == ("2026-04", (sha256,), 1)
    handle = client.get_workflow_handle_for(VendorBillWorkflow.run, key.workflow_id)

    async def versions() -> list[str]:
        return bills.versions.get(key, [])

    assert await eventually(versions, bool) == [sha256]
    await handle.result()
    assert len(bills.pushes) == 1


async def test_a_late_invoice_is_asked_for_again(client: Client, bills: InMemoryBills, queue: str) -> None:
    handle = await client.start_workflow(
        VendorBillFetchWorkflow.run,
        FetchStart(account="main", month="2026-04"),
        id=f"fetch.{uuid4()}",
        task_queue=queue,
    )
    await eventually(lambda: _looks(bills), lambda looks: looks == 1)
    sha256 = uuid4().hex
    bills.files[sha256], bills.invoices["2026-04"] = [bill_key(uuid4().hex[:12])], [file(sha256)]
    await fast_forward(client, handle, timedelta(hours=7))
    report = await handle.result()
    assert (report.files, report.looks) == ((sha256,), 2)


async def test_it_ends_after_ten_days_without_an_invoice(client: Client, bills: InMemoryBills, queue: str) -> None:
    """40 looks, one each six hours, are ten days; 37 of them are over here."""
    before = FetchReport(month="2026-04", looks=37)
    handle = await client.start_workflow(
        VendorBillFetchWorkflow.run,
        FetchStart(account="main", month="2026-04", report=before),
        id=f"fetch.{uuid4()}",
        task_queue=queue,
    )
    await fast_forward(client, handle, timedelta(days=1))
    report = await handle.result()
    assert (report.files, report.looks, MOST_LOOKS) == ((), 40, 40)


async def test_a_refused_token_ends_it_with_the_reason(client: Client, bills: InMemoryBills, queue: str) -> None:
    refusal = ApplicationError("refuses the token", type=Failure.VENDOR_REFUSED, non_retryable=True)
    bills.faults[FETCH_INVOICES.name] = [refusal]
    with pytest.raises(WorkflowFailureError) as failed:
        await client.execute_workflow(
            VendorBillFetchWorkflow.run,
            FetchStart(account="main", month="2026-04"),
            id=f"fetch.{uuid4()}",
            task_queue=queue,
        )
    assert isinstance(failed.value.cause, ActivityError)
    assert "refuses the token" in str(failed.value.cause.cause)


async def test_each_account_has_a_schedule_that_keeps_its_state(own_temporal: Client) -> None:
    assert await bill_fetches.apply(own_temporal, "main", 2) is True
    assert await bill_fetches.apply(own_temporal, "second", 2) is True
    handle = own_temporal.get_schedule_handle(ids.bill_fetches("digitalocean", "main"))
    await handle.pause(note="migration")
    assert await bill_fetches.apply(own_temporal, "main", 3) is False
    described = await handle.describe()
    assert (described.schedule.state.paused, described.schedule.state.note) == (True, "migration")
    times = {(moment.day, moment.hour, moment.minute) for moment in described.info.next_action_times}
    assert times == {(3, 6, 0)}

    async def removed() -> list[str]:
        return await bill_fetches.remove_others(own_temporal, ["main"])

    # The list of schedules is eventually consistent.
    assert await eventually(removed, bool) == [ids.bill_fetches("digitalocean", "second")]


async def test_the_month_follows_from_the_scheduled_time(own_temporal: Client, bills: InMemoryBills) -> None:
    """The runs of 2 April and 2 May fetch March and April, whenever they are executed."""
    for month in ("2026-03", "2026-04"):
        bills.files[month], bills.invoices[month] = [bill_key(month)], [file(month)]
    await bill_fetches.apply(own_temporal, "main", 2)
    async with (
        build_worker(own_temporal, bills.others(), ids.TASK_QUEUE),
        build_bill_worker(own_temporal, bills.bulk(), ids.TASK_QUEUE),
    ):
        backfill = ScheduleBackfill(
            start_at=datetime(2026, 4, 1, tzinfo=UTC),
            end_at=datetime(2026, 5, 3, tzinfo=UTC),
            overlap=ScheduleOverlapPolicy.ALLOW_ALL,
        )
        await own_temporal.get_schedule_handle(ids.bill_fetches("digitalocean", "main")).backfill(backfill)

        async def pushed() -> int:
            return len(bills.finance)

        assert await eventually(pushed, lambda count: count == 2) == 2
    assert set(bills.versions) == {bill_key("2026-03"), bill_key("2026-04")}


async def _looks(bills: InMemoryBills) -> int:
    return bills.calls[FETCH_INVOICES.name]
