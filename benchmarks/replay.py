"""The time to replay the whole life of an invoice: 45 days, five reminders, payment.

A worker replays an invoice that is not in its cache, so this is the cost of a restart for each open invoice.
"""

import json
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from benchmarks.results import Result
from workflows.client.connection import DATA_CONVERTER
from workflows.registry import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages
from workflows.runtime.sandbox import RUNNER

HISTORY = Path(__file__).parents[1] / "tests" / "histories" / "overdue_with_reminders.json"
TARGET_MS = 100


async def run(repeats: int) -> list[Result]:
    events = json.loads(HISTORY.read_text(encoding="utf-8"))
    started = events["events"][0]["workflowExecutionStartedEventAttributes"]
    history = WorkflowHistory.from_json(started["workflowId"], events)
    replayer = Replayer(
        workflows=WORKFLOWS, workflow_runner=RUNNER, data_converter=DATA_CONVERTER, interceptors=[GuardMessages()]
    )
    times = []
    started_at = time.perf_counter()
    async with replayer.workflow_replay_iterator(_repeated(history, repeats + 1)) as replays:
        async for replay in replays:
            assert replay.replay_failure is None, replay.replay_failure
            ended = time.perf_counter()
            times.append((ended - started_at) * 1000)
            started_at = ended
    first, *later = times  # the first includes the start of the worker
    typical = statistics.median(later)
    return [
        Result(
            name="replay",
            what=f"replay of a 45-day history ({len(events['events'])} events)",
            target=f"< {TARGET_MS} ms",
            measured=f"{typical:.0f} ms (fastest {min(later):.0f} ms, slowest {max(later):.0f} ms)",
            met=typical < TARGET_MS,
            figures={"median_ms": round(typical, 1), "fastest_ms": round(min(later), 1), "first_ms": round(first, 1)},
        )
    ]


async def _repeated(history: WorkflowHistory, times: int) -> AsyncIterator[WorkflowHistory]:
    for _ in range(times):
        yield history
