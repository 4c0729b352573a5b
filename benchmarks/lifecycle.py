"""The throughput of whole invoices, fifty at a time, compared with the floor on the same server at the same time."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import uuid4

from rich.progress import Progress
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

from benchmarks.floors.lifecycle_floor import STEPS, FloorWorkflow, nothing
from benchmarks.instant_activities import AMOUNT, InstantActivities
from benchmarks.results import Result
from models.invoice.commands import Approve, Deliver, Finalize, RecordPayment
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.values.document_options import Channel
from models.values.period import Period
from worker import CONCURRENT_ACTIVITIES, build_worker
from workflows.client.invoices import send_command
from workflows.invoice.messages import InvoiceStart, Opened
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.runtime.sandbox import RUNNER

TARGET = 0.7
AT_ONCE = 50
FEBRUARY = Period.month(2026, 2)
Life = Callable[[], Awaitable[None]]


async def run(client: Client, progress: Progress, *, invoices: int, rounds: int) -> list[Result]:
    """Run rounds of both alternately, so that other load affects both, and return the median of their ratios."""
    activities, queue, floor_queue = InstantActivities(), f"bench.{uuid4()}", f"bench.floor.{uuid4()}"
    floor = Worker(
        client,
        task_queue=floor_queue,
        workflows=[FloorWorkflow],
        workflow_runner=RUNNER,
        activities=[nothing],
        max_concurrent_activities=CONCURRENT_ACTIVITIES,
    )
    task = progress.add_task("whole lives", total=rounds * 2 * invoices)

    def advance() -> None:
        progress.advance(task)

    async with floor, build_worker(client, activities.all(), queue):
        await _run_lives(AT_ONCE, lambda: invoice_life(client, activities, queue))
        await _run_lives(AT_ONCE, lambda: floor_life(client, floor_queue))
        seconds: list[tuple[float, float]] = []
        for _ in range(rounds):
            real = await _run_lives(invoices, lambda: invoice_life(client, activities, queue), advance)
            least = await _run_lives(invoices, lambda: floor_life(client, floor_queue), advance)
            seconds.append((real, least))
    ratio = statistics.median(least / real for real, least in seconds)
    real_rate = invoices / statistics.median(real for real, _ in seconds)
    floor_rate = invoices / statistics.median(least for _, least in seconds)
    return [
        Result(
            name="lifecycle",
            what=f"draft to closed with all effects, {AT_ONCE} at a time",
            target=f">= {TARGET} of the floor",
            measured=f"{ratio:.2f} ({real_rate:.1f} invoices a second, the floor {floor_rate:.1f})",
            met=ratio >= TARGET,
            figures={
                "ratio": round(ratio, 3),
                "invoices_per_second": round(real_rate, 2),
                "floor_per_second": round(floor_rate, 2),
                "invoices_a_round": invoices,
                "rounds": rounds,
            },
        )
    ]


async def _run_lives(count: int, life: Life, on_end: Callable[[], None] = lambda: None) -> float:
    """Return the seconds for `count` lives, of which at most AT_ONCE run at the same time."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with slots:
            await life()
        on_end()

    started_at = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one())
    return time.perf_counter() - started_at


async def invoice_life(client: Client, activities: InstantActivities, queue: str) -> None:
    workflow_id = await opened(client, queue)
    sent = activities.sent.setdefault(workflow_id, asyncio.Event())
    await send_command(client, workflow_id, Finalize(by="bench"))
    await send_command(client, workflow_id, Approve(by="boss", digest=activities.rows[workflow_id].digest or ""))
    await send_command(client, workflow_id, Deliver(by="boss", channel=Channel.EMAIL))
    await sent.wait()
    payment = RecordPayment(by="bank", payment_id="p1", paid_on=date(2026, 3, 1), amount=AMOUNT, reference="p1")
    await send_command(client, workflow_id, payment)
    await client.get_workflow_handle(workflow_id).result()
    del activities.rows[workflow_id], activities.sent[workflow_id]


async def opened(client: Client, queue: str) -> str:
    """Open a draft and return its workflow id."""
    key = f"B-{uuid4().hex[:10]}"
    workflow_id = f"bench.{key}"
    start = WithStartWorkflowOperation(
        InvoiceWorkflow.run,
        InvoiceStart(request=DraftRequest(subject=ContractPeriod(application_key=key, period=FEBRUARY), by="bench")),
        id=workflow_id,
        task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
    )
    await client.execute_update_with_start_workflow("opened", start_workflow_operation=start, result_type=Opened)
    return workflow_id


async def floor_life(client: Client, queue: str) -> None:
    workflow_id = f"bench.floor.{uuid4()}"
    start = WithStartWorkflowOperation(
        FloorWorkflow.run, id=workflow_id, task_queue=queue, id_conflict_policy=WorkflowIDConflictPolicy.FAIL
    )
    await client.execute_update_with_start_workflow(FloorWorkflow.step, 0, start_workflow_operation=start)
    handle = client.get_workflow_handle(workflow_id)
    for number in range(1, len(STEPS)):
        await handle.execute_update(FloorWorkflow.step, number)
    await handle.result()
