"""How long a worker takes to replay the whole life of an invoice: 45 days, five reminders, paid at last.

A worker replays when it has lost an invoice from its cache, so this is what a restart costs for each open invoice.
"""

import json
import statistics
import time
from pathlib import Path

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from benchmarks.results import Result
from worker import WORKFLOWS
from workflows.client import DATA_CONVERTER
from workflows.interceptors import GuardMessages

HISTORY = Path(__file__).parents[1] / "tests" / "histories" / "overdue_with_reminders.json"
TARGET_MS = 100


async def run(repeats: int) -> list[Result]:
    events = json.loads(HISTORY.read_text(encoding="utf-8"))
    started = events["events"][0]["workflowExecutionStartedEventAttributes"]
    history = WorkflowHistory.from_json(started["workflowId"], events)
    replayer = Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, interceptors=[GuardMessages()])
    took = []
    for _ in range(repeats):
        begun = time.perf_counter()
        await replayer.replay_workflow(history)
        took.append((time.perf_counter() - begun) * 1000)
    typical = statistics.median(took)
    return [
        Result(
            name="replay",
            what=f"replay of a 45-day history ({len(events['events'])} events)",
            target=f"< {TARGET_MS} ms",
            measured=f"{typical:.0f} ms (first {took[0]:.0f} ms, slowest {max(took):.0f} ms)",
            met=typical < TARGET_MS,
            figures={"median_ms": round(typical, 1), "first_ms": round(took[0], 1), "slowest_ms": round(max(took), 1)},
        )
    ]
