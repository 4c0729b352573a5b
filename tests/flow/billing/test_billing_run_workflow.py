"""The billing run: one draft for each contract, for the month before the scheduled time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client

from models.billing.billing_run import WITHDRAWN, DraftOutcome, MonthlyReport
from models.billing.ports import ACTIVE_CONTRACTS, FETCH_DRAFT, PREPARE_BATCH
from models.invoice import ports
from models.invoice.commands import Discard, Finalize, Void
from models.invoice.status import Status
from models.values.failure_codes import Failure
from models.values.period import Period
from tests.fixtures.activities import InMemoryActivities, contract_keys, refusal
from tests.fixtures.invoice_driver import eventually
from worker import build_worker
from workflows.billing.billing_run import BATCH_SIZE, BATCHES_PER_RUN, MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart
from workflows.client.billing_runs import cancel_rest
from workflows.client.errors import WorkflowClosed
from workflows.client.invoices import send_command
from workflows.runtime import ids

FEBRUARY = Period.month(2026, 2)
LIMIT = timedelta(seconds=30)


async def run(client: Client, queue: str, start: MonthlyStart) -> MonthlyReport:
    return await client.execute_workflow(MonthlyDraftsWorkflow.run, start, id=f"monthly.{uuid4()}", task_queue=queue)


@pytest.fixture
async def client(temporal: Client, activities: InMemoryActivities, queue: str) -> AsyncIterator[Client]:
    async with build_worker(temporal, activities.all(), queue):
        yield temporal


async def test_a_run_drafts_each_contract_once(client: Client, activities: InMemoryActivities, queue: str) -> None:
    activities.contracts = contract_keys("BAD")
    good, bad = activities.contracts[:3], activities.contracts[3]
    first = await run(client, queue, MonthlyStart(period=FEBRUARY))
    assert (first.label, first.created, first.already_there, first.remaining) == ("2026-02", good, (), 0)
    assert [(r.application_key, r.message) for r in first.refused] == [(bad, "no customer")]
    assert first.refused[0].code == Failure.DRAFT_REFUSED
    assert len(activities.saved) == 3  # the run waited for its drafts
    await send_command(client, ids.service_invoice(good[1], FEBRUARY), Finalize(by="amina"))
    second = await run(client, queue, MonthlyStart(period=FEBRUARY))
    assert (second.created, second.already_there) == ((), good)
    drafts = [activities.saved[ids.invoice_id(ids.service_invoice(key, FEBRUARY))] for key in good]
    assert [(each.invoice_id, each.status, each.number) for each in second.of(DraftOutcome.ALREADY_THERE)] == [
        (drafts[0].id, Status.DRAFT, None),
        (drafts[1].id, Status.NEEDS_REVIEW, "ACT-1"),
        (drafts[2].id, Status.DRAFT, None),
    ]
    assert activities.calls[FETCH_DRAFT.name] == 3
    assert activities.calls[PREPARE_BATCH.name] == 2  # one call for all contracts of a run
    assert activities.batches[1].application_keys == (bad,)  # contracts with an invoice are left out


async def test_a_voided_or_discarded_invoice_is_not_drafted_again(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.contracts = contract_keys()[:2]
    await run(client, queue, MonthlyStart(period=FEBRUARY))
    discarded, voided = (ids.service_invoice(key, FEBRUARY) for key in activities.contracts)
    await send_command(client, discarded, Discard(by="amina", reason="no work was done"))
    await send_command(client, voided, Finalize(by="amina"))
    await send_command(client, voided, Void(by="boss", reason="wrong client"))
    again = await run(client, queue, MonthlyStart(period=FEBRUARY))
    assert (again.created, again.already_there) == ((), ())
    assert [(each.code, each.status, each.message) for each in again.refused] == [
        (
            WITHDRAWN,
            Status.DISCARDED,
            "The invoice was discarded for February 2026; generate a new draft by hand if one is needed.",
        ),
        (
            WITHDRAWN,
            Status.VOID,
            "ACT-1 was voided for February 2026; generate a new draft by hand if one is needed.",
        ),
    ]
    assert len(activities.saved) == 2


async def test_a_child_that_fails_is_listed_with_its_reason(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.contracts = contract_keys()[:2]
    activities.fail(ports.PROJECT.name, refusal("there is ACT-7 (sent)", Failure.ALREADY_INVOICED))
    report = await run(client, queue, MonthlyStart(period=FEBRUARY))
    [refused] = report.refused
    assert (refused.code, refused.message) == (Failure.ALREADY_INVOICED, "there is ACT-7 (sent)")
    assert {*report.created, refused.application_key} == set(activities.contracts)


async def test_a_slow_draft_is_reported_as_pending_and_is_completed(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.contracts = contract_keys()[:1]
    drafting = activities.pause(FETCH_DRAFT.name)
    # The draft is paused for longer than any patience, so the length of this one decides nothing.
    start = MonthlyStart(period=FEBRUARY, patience=timedelta(seconds=1))
    handle = await client.start_workflow(MonthlyDraftsWorkflow.run, start, id=f"monthly.{uuid4()}", task_queue=queue)

    report = await handle.result()
    assert (report.pending, report.created, report.remaining) == (activities.contracts, (), 0)
    assert ids.service_invoice(activities.contracts[0], FEBRUARY) in (report.results[0].message or "")
    drafting.set()

    async def drafted() -> int:
        return len(activities.saved)

    await eventually(drafted, lambda n: n == 1)
    assert (await run(client, queue, MonthlyStart(period=FEBRUARY))).already_there == activities.contracts


async def test_the_current_details_show_the_progress(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.contracts = contract_keys("BAD")
    handle = await client.start_workflow(
        MonthlyDraftsWorkflow.run, MonthlyStart(period=FEBRUARY), id=f"monthly.{uuid4()}", task_queue=queue
    )
    await handle.result()
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert metadata.current_details.startswith(
        "## Drafts for 2026-02\n\n3 created, 0 already there, 1 refused, 0 pending, 0 to go."
    )
    assert f"| {activities.contracts[3]} | no customer |" in metadata.current_details


async def test_a_long_run_continues_as_new_with_its_report(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    """Children that continue count as pending children of their run, and the server allows 2,000."""
    first, last, _ = contract_keys()
    bad = tuple(f"{first}-{n:04}-BAD" for n in range(BATCH_SIZE * BATCHES_PER_RUN))
    activities.contracts = (first, *bad, last)
    handle = await client.start_workflow(
        MonthlyDraftsWorkflow.run, MonthlyStart(period=FEBRUARY), id=f"monthly.{uuid4()}", task_queue=queue
    )
    report = await handle.result()
    assert (report.created, len(report.refused), report.remaining) == ((first, last), len(bad), 0)
    assert (await client.get_workflow_handle(handle.id).describe()).run_id != handle.first_execution_run_id
    assert activities.calls[ACTIVE_CONTRACTS.name] == 1


async def started(client: Client, queue: str) -> str:
    run_id = f"monthly-drafts.{uuid4()}"
    await client.start_workflow(MonthlyDraftsWorkflow.run, MonthlyStart(period=FEBRUARY), id=run_id, task_queue=queue)
    return run_id


async def called(activities: InMemoryActivities, name: str) -> None:
    async def calls() -> int:
        return activities.calls[name]

    await eventually(calls, lambda n: n > 0)


async def ended(client: Client, run_id: str) -> MonthlyReport:
    return await client.get_workflow_handle_for(MonthlyDraftsWorkflow.run, run_id).result()


async def test_what_is_begun_stays_when_the_rest_is_cancelled(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    """The first batch has one contract that can be drafted; the second batch is not reached."""
    first, last, _ = contract_keys()
    bad = tuple(f"{first}-{n:04}-BAD" for n in range(BATCH_SIZE - 1))
    activities.contracts = (first, *bad, last)
    drafting = activities.pause(FETCH_DRAFT.name)
    run_id = await started(client, queue)
    await called(activities, FETCH_DRAFT.name)

    done = await cancel_rest(client, run_id, "amina", LIMIT)
    assert done == await cancel_rest(client, run_id, "marat", LIMIT)  # a repetition changes nothing
    report = await ended(client, run_id)
    assert (report.pending, len(report.refused), report.remaining) == ((first,), len(bad), 0)
    [cancelled] = report.of(DraftOutcome.CANCELLED)
    assert (cancelled.application_key, cancelled.code) == (last, "RunCancelled")
    assert cancelled.message == "amina cancelled the rest of the run before this contract was reached."
    assert report.cancellation == done

    drafting.set()

    async def drafted() -> int:
        return len(activities.saved)

    await eventually(drafted, lambda n: n == 1)
    with pytest.raises(WorkflowClosed):
        await cancel_rest(client, run_id, "amina", LIMIT)


async def test_nothing_is_begun_when_it_is_cancelled_while_drafts_are_prepared(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.contracts = contract_keys()
    preparing = activities.pause(PREPARE_BATCH.name)
    run_id = await started(client, queue)
    await called(activities, PREPARE_BATCH.name)
    await cancel_rest(client, run_id, "amina", LIMIT)
    preparing.set()
    report = await ended(client, run_id)
    assert tuple(each.application_key for each in report.of(DraftOutcome.CANCELLED)) == activities.contracts
    assert (report.created, report.remaining, activities.calls[FETCH_DRAFT.name]) == ((), 0, 0)


async def test_a_run_that_waits_for_the_warehouse_ends_when_it_is_cancelled(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.fail(ACTIVE_CONTRACTS.name, *[ConnectionError("no ClickHouse")] * 1000)
    run_id = await started(client, queue)
    await called(activities, ACTIVE_CONTRACTS.name)
    await cancel_rest(client, run_id, "amina", LIMIT)
    report = await ended(client, run_id)
    assert (report.results, report.cancellation and report.cancellation.by) == ((), "amina")


async def test_a_draft_of_a_run_accepts_commands(client: Client, activities: InMemoryActivities, queue: str) -> None:
    activities.contracts = contract_keys()
    await run(client, queue, MonthlyStart(period=FEBRUARY))
    answer = await send_command(client, ids.service_invoice(activities.contracts[0], FEBRUARY), Finalize(by="amina"))
    assert answer.status is Status.NEEDS_REVIEW


async def test_a_run_waits_for_a_warehouse_that_is_down(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.contracts = contract_keys()
    activities.fail(ACTIVE_CONTRACTS.name, ConnectionError("no ClickHouse"))
    activities.fail(FETCH_DRAFT.name, ConnectionError("no ClickHouse"))
    report = await run(client, queue, MonthlyStart(period=FEBRUARY))
    assert len(report.created) == 3

    async def drafted() -> int:
        return len(activities.saved)

    await eventually(drafted, lambda n: n == 3)


async def test_the_next_run_repeats_a_failed_draft(client: Client, activities: InMemoryActivities, queue: str) -> None:
    activities.contracts = contract_keys()[:1]
    activities.fail(FETCH_DRAFT.name, refusal("no customer", Failure.CUSTOMER_NOT_FOUND))
    await run(client, queue, MonthlyStart(period=FEBRUARY))
    handle = client.get_workflow_handle(ids.service_invoice(activities.contracts[0], FEBRUARY))
    with pytest.raises(Exception, match="Workflow execution failed"):
        await handle.result()
    again = await run(client, queue, MonthlyStart(period=FEBRUARY))
    assert again.created == activities.contracts


async def test_a_run_of_several_batches_reports_every_contract(
    client: Client, activities: InMemoryActivities, queue: str
) -> None:
    first, last, _ = contract_keys()
    bad = tuple(f"{first}-{n}-BAD" for n in range(BATCH_SIZE))
    activities.contracts = (first, *bad, last)
    report = await run(client, queue, MonthlyStart(period=FEBRUARY))
    assert (report.created, len(report.refused), report.remaining) == ((first, last), BATCH_SIZE, 0)
    assert [len(batch.application_keys) for batch in activities.batches] == [BATCH_SIZE, 2]
