"""A request to cancel that comes while an activity runs ends the workflow, although that attempt still completes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus

from models.archive.ports import SWEEP_PORTS
from models.archive.sweep import Phase, SweepPage
from models.events.ports import PASS_ON, Passed
from models.events.webhooks.ports import ATTEMPT, DELIVERY_WORKFLOW, Attempted, Outcome
from models.invoice.acts.sweep import FIND_CHANGED_ACTS, MARK_SWEPT, ActPage, Swept
from models.invoice.ports import MARK_READ, READ_BOUNCES, MailboxPosition, ReadBounces
from models.notifications.ports import NEXT_MESSAGE, SEND_MESSAGE, NextMessage, SentMessage
from tests.fixtures.invoice_driver import eventually
from worker import build_worker
from workflows.archive.messages import SweepStart
from workflows.events.messages import DeliveryStart
from workflows.invoice.act_sweep import ActSweepStart
from workflows.notifications.messages import ChatStart
from workflows.runtime import ids

POSITION = MailboxPosition(folder="INBOX", uid_validity=1, uid=7)
DAY = date(2026, 3, 1)

# Every workflow that calls one activity after another, with answers after which it would go on.
WORKFLOWS: dict[str, tuple[Any, dict[str, BaseModel]]] = {
    "TelegramChat": (
        ChatStart(chat="-1"),
        {NEXT_MESSAGE.name: NextMessage(message=1, title="a"), SEND_MESSAGE.name: SentMessage(state="skipped")},
    ),
    "EventFeed": (None, {PASS_ON.name: Passed()}),
    DELIVERY_WORKFLOW: (
        DeliveryStart(endpoint_id="e", invoice_id="i"),
        {ATTEMPT.name: Attempted(outcome=Outcome.DELIVERED, event_id="1")},
    ),
    "ArchiveSweep": (
        SweepStart(),
        {SWEEP_PORTS[Phase.INVOICES].name: SweepPage(last="a", compared=1)},
    ),
    "ActSweep": (
        ActSweepStart(),
        {
            FIND_CHANGED_ACTS.name: ActPage(since=DAY, is_last=False),
            MARK_SWEPT.name: Swept(began_at=datetime.combine(DAY, datetime.min.time(), UTC)),
        },
    ),
    "ReadBounces": (None, {READ_BOUNCES.name: ReadBounces(position=POSITION), MARK_READ.name: POSITION}),
}
CASES = [(name, port) for name, (_, answers) in WORKFLOWS.items() for port in answers if port != MARK_SWEPT.name]


@dataclass
class Held:
    """Activities that answer at once, except the one that is held until `go` is set."""

    answers: dict[str, BaseModel]
    held: str
    go: asyncio.Event = field(default_factory=asyncio.Event)
    calls: list[str] = field(default_factory=list)

    def activities(self) -> list[Callable[..., Any]]:
        return [self._named(name, answer) for name, answer in self.answers.items()]

    def _named(self, name: str, answer: BaseModel) -> Callable[..., Any]:
        @activity.defn(name=name)
        async def answering(_: Any) -> Any:
            self.calls.append(name)
            if name == self.held:
                await self.go.wait()
            return answer

        return answering


@pytest.mark.parametrize(("name", "held"), CASES)
async def test_a_request_to_cancel_during_an_attempt_ends_the_workflow(
    temporal: Client, queue: str, name: str, held: str
) -> None:
    start, answers = WORKFLOWS[name]
    activities = Held(answers, held)
    async with (
        build_worker(temporal, activities.activities(), queue),
        build_worker(temporal, activities.activities(), ids.webhooks_queue(queue)),
    ):
        handle = await temporal.start_workflow(
            name,
            args=[] if start is None else [start],
            id=f"{name}.{uuid4()}",
            task_queue=queue,
            run_timeout=timedelta(minutes=5),
        )

        async def running() -> list[str]:
            return activities.calls

        async def history() -> list[EventType.ValueType]:
            return [event.event_type async for event in handle.fetch_history_events()]

        async def status() -> WorkflowExecutionStatus | None:
            return (await handle.describe()).status

        await eventually(running, lambda calls: held in calls)
        await handle.cancel()
        await eventually(history, lambda seen: EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED in seen)
        activities.go.set()
        await eventually(status, lambda now: now is WorkflowExecutionStatus.CANCELED)
    assert activities.calls[-1] == held
