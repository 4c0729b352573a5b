"""The recorder of the workflow histories that `tests/replay` replays: real runs on the real server.

Run it as `python -m tests.record_histories NAME...` for a new scenario. Existing histories stay as they are: a failed
replay test means that running invoices would break, and recording the histories anew does not fix them.
"""

import asyncio
import json
import logging
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.billing.ports import FETCH_DRAFT
from models.contracts.contract import DealType
from models.invoice.commands import (
    CheckFacts,
    Decline,
    Deliver,
    Edit,
    Hold,
    Regenerate,
    Release,
    Reopen,
    RetryEffect,
    TakeIn,
    Undo,
    Void,
)
from models.invoice.effects import EffectName
from models.invoice.status import Status
from models.values.period import Period, local_moment
from tests.fixtures import invoices
from tests.fixtures.activities import AMOUNT, InMemoryActivities, contract, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from tests.fixtures.temporal import fast_forward, temporal_server
from tests.recorded_acts import reported_acts
from tests.recorded_bills import vendor_bill, vendor_bill_fetch
from tests.recorded_deadlines import deadlines
from tests.recorded_mailbox import returned_letters
from tests.recorded_notices import telegram_notices
from tests.recorded_partners import PARTNER_SCENARIOS
from tests.recorded_payments import posted_payments
from tests.recorded_quotes import quote_accepted, quote_expired
from tests.recorded_refusals import claimed_work, stopped
from tests.recorded_runs import cancelled_run
from tests.recorded_signatures import signed_act
from tests.recorded_snapshots import finance_snapshot
from tests.recorded_sweeps import archive_sweep, archive_sweep_quotes
from tests.recorded_webhooks import webhooks
from worker import build_worker
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart

FOLDER = Path(__file__).parent / "histories"
E, S = EffectName, Status
NOT_YET = ApplicationError(
    "not yet", type="NotYet", category=ApplicationErrorCategory.BENIGN, next_retry_delay=timedelta(seconds=1)
)

Handle = WorkflowHandle[object, object]
Scenario = Callable[[Client, InMemoryActivities, str], Awaitable[list[Handle]]]


async def happy_email(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize_and_approve()
    await driver.send_by_email()
    await driver.pay()
    await driver.handle.result()
    return [driver.handle]


async def didox_accepted(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    activities.receipt_details[E.EINVOICE_ANSWER] = {"answer": "accepted"}
    activities.fail("einvoice.await_signature", NOT_YET)
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    await driver.until_status(S.ACCEPTED)
    await driver.pay()
    await driver.handle.result()
    return [driver.handle]


async def edited_declined_reopened(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.send(Regenerate(by="amina"))
    draft = await driver.state()
    await driver.send(Edit(by="amina", expected_revision=draft.revision, payment_days=30))
    await driver.finalize()
    await driver.until(lambda invoice: invoice.document is not None)
    await driver.send(Decline(by="boss", reason="wrong terms"))
    await driver.send(Reopen(by="boss"))
    await driver.finalize_and_approve()
    await driver.send(Reopen(by="boss"))
    await driver.until_completed(E.ACCOUNTING_REVERSAL, E.ARCHIVE_KEEP)
    return [driver.handle]


async def revised_and_late(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """A draft that is edited, undone, checked for late work and updated; then late work after approval."""
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.send(Edit(by="amina", expected_revision=1, payment_days=30))
    await driver.send(Undo(by="amina", expected_revision=2))
    activities.records = lambda key: invoices.contract((), DealType.FP, application_key=key, deal_amount=2 * AMOUNT)
    checked = await driver.send(CheckFacts(by="amina"))
    await driver.send(TakeIn(by="amina", expected_revision=checked.revision))
    activities.fail(FETCH_DRAFT.name, refusal("no such contract"))
    await driver.handle.signal("check_facts")
    await driver.until_details("no such contract")
    await driver.finalize_and_approve()
    activities.records = contract
    await driver.send(CheckFacts(by="amina"))
    return [driver.handle]


async def overdue_with_reminders(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize_and_approve()
    invoice = await driver.send_by_email()
    assert invoice.due is not None
    late = local_moment(invoice.due + timedelta(days=16), 12, "Asia/Tashkent")
    await fast_forward(client, driver.handle, late - datetime.now(UTC))
    await driver.until(lambda state: len(state.reminded) == 5 and not state.open_effects)
    await driver.pay()
    await driver.handle.result()
    return [driver.handle]


async def continued_as_new(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """The runs before and after a continue-as-new; the second continues a watch."""
    activities.outages["einvoice.await_answer"] = NOT_YET
    driver = await InvoiceDriver.open(client, activities, queue, longest_history=60)
    first = await driver.run_id()
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    await driver.until_status(S.SENT)
    second = await eventually(driver.run_id, lambda run: run != first)
    activities.receipt_details[E.EINVOICE_ANSWER] = {"answer": "accepted"}
    del activities.outages["einvoice.await_answer"]
    await driver.until_status(S.ACCEPTED)
    return [client.get_workflow_handle(driver.handle.id, run_id=run) for run in (first, second)]


async def blocked_retried(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    activities.fail("accounting.post", ConnectionError("no PlanFact"), refusal("no such contractor"))
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize()
    await driver.approve()
    blocked = await driver.until(lambda invoice: bool(invoice.blocked))
    await driver.send(RetryEffect(by="boss", effect_id=blocked.blocked[0].key))
    await driver.until_completed(E.ARCHIVE, E.ACCOUNTING, E.NOTICE)
    await driver.send_by_email()
    await driver.pay()
    await driver.handle.result()
    return [driver.handle]


async def voided_while_retrying(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """A hold and a void while an effect is retried, so that its cancellation is recorded twice."""
    activities.outages["accounting.post"] = ConnectionError("no PlanFact")
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize()
    await driver.approve()
    await driver.until_calls("accounting.post", 2)
    await driver.send(Hold(by="boss", reason="client called"))
    await driver.send(Release(by="boss"))
    await driver.until_calls("accounting.post", 3)
    await driver.send(Void(by="boss", reason="wrong client"))
    await driver.handle.result()
    return [driver.handle]


async def ignored_messages(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    driver = await InvoiceDriver.open(client, activities, queue)
    bad_inputs: tuple[list[Any], ...] = (
        [],
        [{}],
        ["please"],
        [[1]],
        [{"reason": "wrong hours", "resaon": 1}],
        [{"reason": "x"}, 2],
    )
    for args in bad_inputs:
        await driver.handle.signal("hold", args=args)
    await driver.handle.signal("approve", {"digest": "0" * 64})
    await driver.handle.cancel()
    await driver.until_details("Ignored `cancel`")
    await driver.handle.signal("finalize")
    await driver.until(lambda invoice: invoice.document is not None)
    return [driver.handle]


async def number_refused(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    activities.fail("records.take_number", refusal("The series ACT is closed.", "NumberingRefused"))
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.handle.signal("finalize")
    await driver.until_details("The series ACT is closed.")
    return [driver.handle]


async def monthly(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    start = MonthlyStart(period=Period.month(2026, 2))
    handles = []
    for _ in range(2):
        handle = await client.start_workflow(
            MonthlyDraftsWorkflow.run, start, id=f"monthly-drafts.{uuid4().hex[:8]}", task_queue=queue
        )
        await handle.result()
        handles.append(client.get_workflow_handle(handle.id))
    return handles


SCENARIOS: tuple[Scenario, ...] = (
    happy_email,
    posted_payments,
    didox_accepted,
    edited_declined_reopened,
    revised_and_late,
    overdue_with_reminders,
    continued_as_new,
    blocked_retried,
    voided_while_retrying,
    ignored_messages,
    number_refused,
    claimed_work,
    stopped,
    monthly,
    cancelled_run,
    archive_sweep,
    archive_sweep_quotes,
    returned_letters,
    telegram_notices,
    webhooks,
    signed_act,
    deadlines,
    reported_acts,
    finance_snapshot,
    vendor_bill,
    vendor_bill_fetch,
    quote_accepted,
    quote_expired,
    *PARTNER_SCENARIOS,
)


def lean(history: dict[str, Any]) -> dict[str, Any]:
    """Return the history without what a replay ignores: the inputs of activities and the names of machines."""
    for event in history["events"]:
        event.get("activityTaskScheduledEventAttributes", {}).pop("input", None)
    anonymous: dict[str, Any] = _without(history, {"identity", "stackTrace"})
    return anonymous


def _without(node: Any, names: set[str]) -> Any:
    if isinstance(node, dict):
        return {name: _without(value, names) for name, value in node.items() if name not in names}
    return [_without(value, names) for value in node] if isinstance(node, list) else node


async def record(client: Client, scenario: Scenario) -> list[tuple[str, str]]:
    """Run the scenario; return the name and the JSON of each history."""
    activities, queue = InMemoryActivities(), str(uuid4())
    async with build_worker(client, activities.all(), queue):
        handles = await scenario(client, activities, queue)
        histories = [lean(json.loads((await handle.fetch_history()).to_json())) for handle in handles]
    name = scenario.__name__
    names = [name] if len(histories) == 1 else [f"{name}.{n}" for n in range(1, len(histories) + 1)]
    here = f"{os.getpid()}@{socket.gethostname()}"  # also part of the name of the worker's own queue
    texts = [json.dumps(history, separators=(",", ":")).replace(here, "worker") for history in histories]
    return list(zip(names, texts, strict=True))


async def main() -> None:
    logging.disable(logging.CRITICAL)  # the scenarios cause errors on purpose
    recorded: dict[str, str] = {}
    chosen = [scenario for scenario in SCENARIOS if scenario.__name__ in sys.argv[1:]]
    async with temporal_server() as client:
        for scenario in chosen:
            recorded |= await record(client, scenario)
    for name, history in recorded.items():
        (FOLDER / f"{name}.json").write_text(history, encoding="utf-8")
        sys.stdout.write(f"{name}: {len(history) // 1024} KiB\n")


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    time.sleep(0.2)
    os._exit(0)  # an ordinary exit may be aborted by Temporal's native threads
