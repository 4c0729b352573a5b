"""Every call to Temporal ends within its limit, also when the SDK would wait for ever."""

import asyncio
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from temporalio.client import Client

from models.invoice.commands import Hold
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.recorded import Recorded
from models.values.period import Period
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.database_invoices import invoice
from tests.fixtures.invoice_driver import InvoiceDriver
from workflows.billing.messages import MonthlyStart
from workflows.client import restore
from workflows.client.billing_runs import describe_run, draft_many
from workflows.client.errors import OutcomeUnknown, TemporalUnavailable
from workflows.client.invoices import generate, send_command

FEBRUARY = Period.month(2026, 2)
SHORT = timedelta(seconds=0.2)
LONGER_THAN_A_LONG_POLL = timedelta(seconds=22)  # the server answers a poll without a result after 20 s
HOLD = Hold(by="boss", reason="client called")


def request() -> DraftRequest:
    return DraftRequest(subject=ContractPeriod(application_key=f"D-{uuid4().hex[:8]}", period=FEBRUARY), by="amina")


class Silent:
    """A client, or the handle of a workflow, none of whose calls returns."""

    id = "w"

    def get_workflow_handle(self, *_: Any) -> "Silent":
        return self

    get_workflow_handle_for = get_workflow_handle

    async def execute_update(self, *_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    execute_update_with_start_workflow = start_workflow = describe = query = result = terminate = execute_update


SILENT = cast(Client, Silent())


async def test_a_command_without_an_answer_ends() -> None:
    async with asyncio.timeout(60):
        with pytest.raises(OutcomeUnknown):
            await send_command(SILENT, "w", HOLD, timeout=SHORT)


async def test_a_generate_without_an_answer_ends() -> None:
    async with asyncio.timeout(60):
        with pytest.raises(OutcomeUnknown):
            await generate(SILENT, request(), timeout=SHORT)


async def test_a_billing_run_that_cannot_be_started_ends() -> None:
    async with asyncio.timeout(60):
        with pytest.raises(OutcomeUnknown):
            await draft_many(SILENT, MonthlyStart(period=FEBRUARY, by="amina"), SHORT)


async def test_a_look_at_a_billing_run_ends() -> None:
    async with asyncio.timeout(60):
        with pytest.raises(TemporalUnavailable):
            await describe_run(SILENT, "w", SHORT)


async def test_without_a_worker_the_limit_holds_beyond_a_long_poll(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    driver = await InvoiceDriver.start(temporal, activities, queue)
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(
            send_command(temporal, driver.handle.id, HOLD, timeout=LONGER_THAN_A_LONG_POLL),
            generate(temporal, request(), timeout=LONGER_THAN_A_LONG_POLL),
            return_exceptions=True,
        )
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown, OutcomeUnknown]


async def test_a_restore_without_an_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "CALL_TIMEOUT", SHORT)
    made = invoice()
    recorded = Recorded(
        id=made.id,
        workflow_id=made.workflow_id,
        name=made.workflow_id,
        status=made.status,
        revision=made.revision,
        chain=made.chain,
    )
    async with asyncio.timeout(10):
        with pytest.raises(TemporalUnavailable):
            await restore.look(SILENT, recorded)
        with pytest.raises(TemporalUnavailable):
            await restore.state(SILENT, made.workflow_id)
        with pytest.raises(OutcomeUnknown):
            await restore.terminate(SILENT, restore.Finding(recorded, restore.Standing.STOPPED))
        with pytest.raises(OutcomeUnknown):
            await restore.start(SILENT, made)
