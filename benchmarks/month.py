"""The billing run: drafts for all contracts, by a worker in its own process, and a second run of the same month."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psutil
from rich.progress import Progress
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.database.engine import create_engine
from benchmarks import drafting
from benchmarks.engines import Engines
from benchmarks.results import Result
from models.billing.billing_run import DraftOutcome, MonthlyReport
from models.invoice.tables import InvoiceRow
from models.values.period import Period
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart
from workflows.runtime import ids

# The number of invoices that the worker holds. After that many, further drafts need no more memory; the report of the
# run grows by some KiB for each contract.
CACHED = 200
MOST_GROWTH = 1.25
SAMPLE_SECONDS = 0.25
MIB = 1024 * 1024


@dataclass
class Samples:
    """The samples during the run: (drafts in PostgreSQL, memory of the worker in bytes)."""

    seen: list[tuple[int, int]] = field(default_factory=list)

    def memory(self, begin: float, end: float) -> float:
        """Return the median memory in MiB while this part of the drafts was made, from `begin` to `end` (0 to 1)."""
        most = max(drafts for drafts, _ in self.seen)
        part = [memory for drafts, memory in self.seen if begin * most <= drafts <= end * most]
        return statistics.median(part) / MIB


async def run(engines: Engines, progress: Progress, *, contracts: int) -> list[Result]:
    await asyncio.to_thread(drafting.seed_settings, engines)
    worklogs = contracts * drafting.ROWS_OF_A_CONTRACT
    await asyncio.to_thread(drafting.load, engines, progress, contracts=contracts, worklogs=worklogs)
    await asyncio.to_thread(engines.stack.start_component, "worker")
    worker = psutil.Process(engines.stack.describe()["pids"]["worker"])
    engine = create_engine(engines.database_url)
    task = progress.add_task(f"drafts of {contracts:,} contracts", total=contracts)
    started_at = time.perf_counter()
    async with _sampling(engine, worker, lambda drafts: progress.update(task, completed=drafts)) as samples:
        first = await _month(engines, "bench-month-1")
        seconds = time.perf_counter() - started_at
    again = await _month(engines, "bench-month-2")
    drafts, different = await _drafts(engine)
    await engine.dispose()
    await asyncio.to_thread(engines.stack.stop_component, "worker")
    made, refused = _count(first, DraftOutcome.CREATED), _count(first, DraftOutcome.REFUSED)
    duplicates = drafts - different + _count(again, DraftOutcome.CREATED)
    early, late = samples.memory(0.4, 0.5), samples.memory(0.9, 1)
    growth = late / early
    return [
        Result(
            name="month",
            what=f"month start, {contracts:,} contracts, then once more",
            target="drafts for all, 0 duplicates, worker memory flat",
            measured=(
                f"{made:,} drafts, {refused} refused, {duplicates} duplicates in {seconds:.0f} s; "
                f"worker {early:.0f} MiB in the middle, {late:.0f} MiB at the end"
            ),
            met=made == drafts and made + refused == len(first.results) and not duplicates and growth < MOST_GROWTH,
            figures={
                "contracts": contracts,
                "drafts": drafts,
                "refused": refused,
                "duplicates": duplicates,
                "seconds": round(seconds, 1),
                "drafts_per_second": round(drafts / seconds, 1),
                "worker_middle_mib": round(early, 1),
                "worker_end_mib": round(late, 1),
            },
        )
    ]


async def _month(engines: Engines, workflow_id: str) -> MonthlyReport:
    start = MonthlyStart(period=Period.before(drafting.today()), by="bench")
    return await engines.client.execute_workflow(
        MonthlyDraftsWorkflow.run, start, id=workflow_id, task_queue=ids.TASK_QUEUE
    )


@asynccontextmanager
async def _sampling(
    engine: AsyncEngine, worker: psutil.Process, on_progress: Callable[[int], object]
) -> AsyncIterator[Samples]:
    samples = Samples()

    async def watch() -> None:
        while True:
            drafts, _ = await _drafts(engine)
            samples.seen.append((drafts, _memory(worker)))
            on_progress(drafts)
            await asyncio.sleep(SAMPLE_SECONDS)

    sampling = asyncio.create_task(watch())
    try:
        yield samples
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)
    drafts, _ = await _drafts(engine)
    samples.seen.append((drafts, _memory(worker)))


def _memory(worker: psutil.Process) -> int:
    """Return the resident memory of the worker and its rendering processes in bytes."""
    return sum(process.memory_info().rss for process in (worker, *worker.children(recursive=True)))


async def _drafts(engine: AsyncEngine) -> tuple[int, int]:
    """Return the number of drafts, and the number of their contracts."""
    query = (
        select(func.count(), func.count(col(InvoiceRow.application_key).distinct()))
        .select_from(InvoiceRow)
        .where(col(InvoiceRow.workflow_id).startswith("service-invoice."))
    )
    async with engine.connect() as connection:
        drafts, different = (await connection.execute(query)).one()
    return drafts, different


def _count(report: MonthlyReport, outcome: DraftOutcome) -> int:
    return sum(result.outcome is outcome for result in report.results)
