"""Finance is down for a day: the bill waits, shows why, and is pushed once when finance is back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import Worker

from activities.bills.finance_push import FinancePush
from activities.clients import finance
from activities.clients.finance import Finance
from activities.ledger.ledger import Ledger
from activities.runtime.failures import ShortFailures
from models.bills.bill import PushState
from models.bills.finance.ports import PushResult
from tests.activities.bills.pushing import IDENTITY, TIMEOUT_SECONDS, invoices, request
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.push_one_bill import PushOneBill
from tests.fixtures.pushed_bills import april_lines, bill_of, recorded, write
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.temporal import fast_forward
from workflows.runtime import activity_options
from workflows.runtime.sandbox import RUNNER

LONGEST_PAUSE = timedelta(hours=2)


@pytest.fixture(autouse=True)
def rare_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day of attempts every ten minutes would be a hundred and fifty."""
    pauses = RetryPolicy(initial_interval=timedelta(minutes=1), backoff_coefficient=10, maximum_interval=LONGEST_PAUSE)
    options = activity_options.Options(activity_options.EFFECT.start_to_close, pauses)
    monkeypatch.setattr(activity_options, "EFFECT", options)


@pytest.mark.parametrize("fault", [("reset_before", {}), ("commit_then_reset", {}), ("status", {"status": 503})])
async def test_a_day_without_finance(
    temporal: Client,
    engine: AsyncEngine,
    ledger: Ledger,
    finance_sandbox: Sandbox,
    queue: str,
    fault: tuple[str, dict[str, Any]],
) -> None:
    """Also when its last import before the outage was carried out and only the answer was lost."""
    kind, more = fault
    finance_sandbox.fault(kind, method="POST", **more)
    finance_sandbox.fault("reset_before", times=10_000)
    bill = await write(engine, bill_of(april_lines()), april_lines())
    async with finance.connect(finance_sandbox.url, TIMEOUT_SECONDS) as http:
        push = FinancePush(engine, ledger, Finance(http, IDENTITY))
        worker = Worker(
            temporal,
            task_queue=queue,
            workflows=[PushOneBill],
            activities=[push.push],
            workflow_runner=RUNNER,
            interceptors=[ShortFailures()],
        )
        async with worker:
            handle = await temporal.start_workflow(
                PushOneBill.run, request(bill), id=f"push-{bill.id}", task_queue=queue
            )

            async def note() -> str:
                return str((await recorded(engine, bill))["push_note"] or "")

            assert (await eventually(note, bool)).endswith("The push is repeated.")
            await fast_forward(temporal, handle, timedelta(days=1))
            assert (await recorded(engine, bill))["push_state"] == "pending"
            finance_sandbox.end_faults()
            await fast_forward(temporal, handle, LONGEST_PAUSE + timedelta(minutes=5))
            result: PushResult = await handle.result()
    assert result.state is PushState.PUSHED
    [invoice] = invoices(finance_sandbox)
    assert (invoice["actions"], invoice["invoice_id"]) == (["created"], result.finance_invoice_id)
    assert result.action == ("updated" if kind == "commit_then_reset" else "created")
    assert (await recorded(engine, bill))["push_state"] == "pushed"
