"""Recorded histories replay against the present code, so running workflows continue after a release."""

import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from models.invoice.effects import EffectChannel
from workflows.client.connection import DATA_CONVERTER, data_converter
from workflows.invoice.messages import Answer, InvoiceStart
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.registry import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages

HISTORIES = sorted((Path(__file__).parents[1] / "histories").glob("*.json"))
MAX_KIB = 120


def history(path: Path) -> WorkflowHistory:
    """Return the history with its own workflow id, because the ids of invoices and effects are derived from it."""
    events = json.loads(path.read_text(encoding="utf-8"))
    started = events["events"][0]["workflowExecutionStartedEventAttributes"]
    return WorkflowHistory.from_json(started["workflowId"], events)


@pytest.mark.parametrize("encryption_keys", [{}, {"k1": bytes(range(32))}], ids=["", "encryption switched on"])
@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_history_replays(path: Path, encryption_keys: dict[str, bytes]) -> None:
    """Also by a worker that encrypts by now: what was written before stays in clear."""
    converter = data_converter(encryption_keys)
    replayer = Replayer(workflows=WORKFLOWS, data_converter=converter, interceptors=[GuardMessages()])
    await replayer.replay_workflow(history(path))


def test_all_kinds_of_histories_are_recorded_and_small() -> None:
    kinds = {path.stem.split(".")[0] for path in HISTORIES}
    assert kinds >= {
        "happy_email",
        "didox_accepted",
        "edited_declined_reopened",
        "revised_and_late",
        "overdue_with_reminders",
        "continued_as_new",
        "blocked_retried",
        "voided_while_retrying",
        "ignored_messages",
        "number_refused",
        "claimed_work",
        "stopped",
        "posted_payments",
        "monthly",
        "cancelled_run",
        "returned_letters",
        "archive_sweep",
        "archive_sweep_quotes",
        "telegram_notices",
        "webhooks",
        "signed_act",
        "reported_acts",
        "vendor_bill",
        "vendor_bill_fetch",
        "quote_accepted",
        "quote_expired",
    }
    assert all(path.stat().st_size < MAX_KIB * 1024 for path in HISTORIES)


@workflow.defn(name="Invoice")
class Altered(InvoiceWorkflow):
    """A workflow with the channels in another order: the effects are the same, the order of commands is not."""

    @workflow.init
    def __init__(self, start: InvoiceStart | None = None) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: InvoiceStart | None = None) -> Answer:
        return await super().run(start)

    def _background(self) -> list[Coroutine[Any, Any, None]]:
        drains = [self._drain(channel) for channel in reversed(EffectChannel)]
        return [*drains, self._watch_timers(), self._project()]


async def test_another_order_of_commands_fails_the_replay() -> None:
    replayer = Replayer(
        workflows=[Altered],
        data_converter=DATA_CONVERTER,
        interceptors=[GuardMessages()],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(history(next(path for path in HISTORIES if path.stem == "happy_email")))
