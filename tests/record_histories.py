"""Records the workflow histories that `tests/replay` replays: real runs on the real server, one for each shape.

Run as `python -m tests.record_histories`, and only together with a change that is meant to change the commands of
new workflows. A red replay test says that running invoices would break; recording anew does not mend them.
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
from tests.fixtures.activities import AMOUNT, Outside, contract, refusal
from tests.fixtures.invoice_driver import Desk, eventually
from tests.fixtures.temporal import fast_forward, temporal_server
from worker import build_worker
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart

FOLDER = Path(__file__).parent / "histories"
E, S = EffectName, Status
NOT_YET = ApplicationError(
    "not yet", type="NotYet", category=ApplicationErrorCategory.BENIGN, next_retry_delay=timedelta(seconds=1)
)

Handle = WorkflowHandle[object, object]
Shape = Callable[[Client, Outside, str], Awaitable[list[Handle]]]


async def happy_email(client: Client, outside: Outside, queue: str) -> list[Handle]:
    desk = await Desk.open(client, outside, queue)
    await desk.approved()
    await desk.email()
    await desk.pay()
    await desk.handle.result()
    return [desk.handle]


async def didox_accepted(client: Client, outside: Outside, queue: str) -> list[Handle]:
    outside.answers[E.EINVOICE_ANSWER] = {"answer": "accepted"}
    outside.fail("einvoice.await_signature", NOT_YET)
    desk = await Desk.open(client, outside, queue)
    await desk.approved()
    await desk.send(Deliver(by="boss"))
    await desk.until_status(S.ACCEPTED)
    await desk.pay()
    await desk.handle.result()
    return [desk.handle]


async def edited_declined_reopened(client: Client, outside: Outside, queue: str) -> list[Handle]:
    desk = await Desk.open(client, outside, queue)
    await desk.send(Regenerate(by="amina"))
    draft = await desk.state()
    await desk.send(Edit(by="amina", expected_revision=draft.revision, payment_days=30))
    await desk.finalize()
    await desk.until(lambda invoice: invoice.document is not None)
    await desk.send(Decline(by="boss", reason="wrong terms"))
    await desk.send(Reopen(by="boss"))
    await desk.approved()
    await desk.send(Reopen(by="boss"))
    await desk.until_done(E.ACCOUNTING_REVERSAL, E.ARCHIVE_KEEP)
    return [desk.handle]


async def revised_and_late(client: Client, outside: Outside, queue: str) -> list[Handle]:
    """Edited, taken back, held against the facts, and brought up to date; then a proposal after issue."""
    desk = await Desk.open(client, outside, queue)
    await desk.send(Edit(by="amina", expected_revision=1, payment_days=30))
    await desk.send(Undo(by="amina", expected_revision=2))
    outside.facts = lambda key: invoices.contract((), DealType.FP, application_key=key, deal_amount=2 * AMOUNT)
    checked = await desk.send(CheckFacts(by="amina"))
    await desk.send(TakeIn(by="amina", expected_revision=checked.revision))
    outside.fail(FETCH_DRAFT.name, refusal("no such contract"))
    await desk.handle.signal("check_facts")
    await desk.until_details("no such contract")
    await desk.approved()
    outside.facts = contract
    await desk.send(CheckFacts(by="amina"))
    return [desk.handle]


async def overdue_with_reminders(client: Client, outside: Outside, queue: str) -> list[Handle]:
    desk = await Desk.open(client, outside, queue)
    await desk.approved()
    invoice = await desk.email()
    assert invoice.due is not None
    late = local_moment(invoice.due + timedelta(days=16), 12, "Asia/Tashkent")
    await fast_forward(client, desk.handle, late - datetime.now(UTC))
    await desk.until(lambda seen: len(seen.reminded) == 5 and not seen.open_effects)
    await desk.pay()
    await desk.handle.result()
    return [desk.handle]


async def continued_as_new(client: Client, outside: Outside, queue: str) -> list[Handle]:
    """Both sides of the boundary; the second takes up the watch."""
    outside.down["einvoice.await_answer"] = NOT_YET
    desk = await Desk.open(client, outside, queue, longest_history=60)
    first = await desk.run_id()
    await desk.approved()
    await desk.send(Deliver(by="boss"))
    await desk.until_status(S.SENT)
    second = await eventually(desk.run_id, lambda run: run != first)
    outside.answers[E.EINVOICE_ANSWER] = {"answer": "accepted"}
    del outside.down["einvoice.await_answer"]
    await desk.until_status(S.ACCEPTED)
    return [client.get_workflow_handle(desk.handle.id, run_id=run) for run in (first, second)]


async def blocked_retried(client: Client, outside: Outside, queue: str) -> list[Handle]:
    outside.fail("accounting.post", ConnectionError("no PlanFact"), refusal("no such contractor"))
    desk = await Desk.open(client, outside, queue)
    await desk.finalize()
    await desk.approve()
    blocked = await desk.until(lambda invoice: bool(invoice.blocked))
    await desk.send(RetryEffect(by="boss", effect_id=blocked.blocked[0].key))
    await desk.until_done(E.ARCHIVE, E.ACCOUNTING, E.NOTICE)
    await desk.email()
    await desk.pay()
    await desk.handle.result()
    return [desk.handle]


async def voided_while_retrying(client: Client, outside: Outside, queue: str) -> list[Handle]:
    """Held and released on the way, so that an effect's cancellation is on record twice."""
    outside.down["accounting.post"] = ConnectionError("no PlanFact")
    desk = await Desk.open(client, outside, queue)
    await desk.finalize()
    await desk.approve()
    await desk.until_called("accounting.post", 2)
    await desk.send(Hold(by="boss", reason="client called"))
    await desk.send(Release(by="boss"))
    await desk.until_called("accounting.post", 3)
    await desk.send(Void(by="boss", reason="wrong client"))
    await desk.handle.result()
    return [desk.handle]


async def ignored_messages(client: Client, outside: Outside, queue: str) -> list[Handle]:
    desk = await Desk.open(client, outside, queue)
    misfits: tuple[list[Any], ...] = (
        [],
        [{}],
        ["please"],
        [[1]],
        [{"reason": "wrong hours", "resaon": 1}],
        [{"reason": "x"}, 2],
    )
    for args in misfits:
        await desk.handle.signal("hold", args=args)
    await desk.handle.signal("approve", {"digest": "0" * 64})
    await desk.handle.cancel()
    await desk.until_details("Ignored `cancel`")
    await desk.handle.signal("finalize")
    await desk.until(lambda invoice: invoice.document is not None)
    return [desk.handle]


async def number_refused(client: Client, outside: Outside, queue: str) -> list[Handle]:
    outside.fail("records.take_number", refusal("The series ACT is closed.", "NumberingRefused"))
    desk = await Desk.open(client, outside, queue)
    await desk.handle.signal("finalize")
    await desk.until_details("The series ACT is closed.")
    return [desk.handle]


async def monthly(client: Client, outside: Outside, queue: str) -> list[Handle]:
    start = MonthlyStart(period=Period.month(2026, 2))
    handles = []
    for _ in range(2):
        handle = await client.start_workflow(
            MonthlyDraftsWorkflow.run, start, id=f"monthly-drafts.{uuid4().hex[:8]}", task_queue=queue
        )
        await handle.result()
        handles.append(client.get_workflow_handle(handle.id))
    return handles


SHAPES: tuple[Shape, ...] = (
    happy_email,
    didox_accepted,
    edited_declined_reopened,
    revised_and_late,
    overdue_with_reminders,
    continued_as_new,
    blocked_retried,
    voided_while_retrying,
    ignored_messages,
    number_refused,
    monthly,
)


def lean(history: dict[str, Any]) -> dict[str, Any]:
    """Without what a replay does not look at: the activities' inputs, and which machine did the work."""
    for event in history["events"]:
        event.get("activityTaskScheduledEventAttributes", {}).pop("input", None)
    anonymous: dict[str, Any] = _without(history, {"identity", "stackTrace"})
    return anonymous


def _without(node: Any, names: set[str]) -> Any:
    if isinstance(node, dict):
        return {name: _without(value, names) for name, value in node.items() if name not in names}
    return [_without(value, names) for value in node] if isinstance(node, list) else node


async def record(client: Client, shape: Shape) -> list[tuple[str, str]]:
    """Name and JSON of each history of this shape."""
    outside, queue = Outside(), str(uuid4())
    async with build_worker(client, outside.activities(), queue):
        handles = await shape(client, outside, queue)
        found = [lean(json.loads((await handle.fetch_history()).to_json())) for handle in handles]
    name = shape.__name__
    names = [name] if len(found) == 1 else [f"{name}.{n}" for n in range(1, len(found) + 1)]
    here = f"{os.getpid()}@{socket.gethostname()}"  # also part of the worker's own queue's name
    texts = [json.dumps(history, separators=(",", ":")).replace(here, "worker") for history in found]
    return list(zip(names, texts, strict=True))


async def main() -> None:
    logging.disable(logging.CRITICAL)  # the faults of the shapes are wanted
    recorded: dict[str, str] = {}
    async with temporal_server() as client:
        for shape in SHAPES:
            recorded |= await record(client, shape)
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, history in recorded.items():
        (FOLDER / f"{name}.json").write_text(history, encoding="utf-8")
        sys.stdout.write(f"{name}: {len(history) // 1024} KiB\n")


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    time.sleep(0.2)
    os._exit(0)  # Temporal's native threads may abort an interpreter that takes its time to exit
