"""The first of the month: drafts for every contract, by a worker in a process of its own, and then all over again."""

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

# The worker holds so many invoices. Once it has them, the drafts that follow need no more of its memory; the run's own
# report does grow, by some KiB for each contract.
CACHED = 200
MOST_GROWTH = 1.25
LOOK_SECONDS = 0.25
MIB = 1024 * 1024


@dataclass
class Watched:
    """(drafts in PostgreSQL, memory of the worker in bytes), as it went."""

    seen: list[tuple[int, int]] = field(default_factory=list)

    def memory(self, begin: float, end: float) -> float:
        """Typical MiB while this part of the drafts was made."""
        most = max(drafts for drafts, _ in self.seen)
        part = [memory for drafts, memory in self.seen if begin * most <= drafts <= end * most]
        return statistics.median(part) / MIB


async def run(engines: Engines, progress: Progress, *, contracts: int) -> list[Result]:
    await asyncio.to_thread(drafting.settle_terms, engines)
    worklogs = contracts * drafting.ROWS_OF_A_CONTRACT
    await asyncio.to_thread(drafting.load, engines, progress, contracts=contracts, worklogs=worklogs)
    await asyncio.to_thread(engines.stack.start_component, "worker")
    worker = psutil.Process(engines.stack.describe()["pids"]["worker"])
    engine = create_engine(engines.database_url)
    task = progress.add_task(f"drafts of {contracts:,} contracts", total=contracts)
    begun = time.perf_counter()
    async with _watching(engine, worker, lambda drafts: progress.update(task, completed=drafts)) as watched:
        first = await _month(engines, "bench-month-1")
        seconds = time.perf_counter() - begun
    again = await _month(engines, "bench-month-2")
    drafts, different = await _drafts(engine)
    await engine.dispose()
    await asyncio.to_thread(engines.stack.stop_component, "worker")
    made, refused = _count(first, DraftOutcome.CREATED), _count(first, DraftOutcome.REFUSED)
    duplicates = drafts - different + _count(again, DraftOutcome.CREATED)
    early, late = watched.memory(0.4, 0.5), watched.memory(0.9, 1)
    growth = late / early
    return [
        Result(
            name="month",
            what=f"month start, {contracts:,} contracts, then once more",
            target="drafts for all, 0 duplicates, worker memory flat",
            measured=(
                f"{made:,} drafts, {refused} refused, {duplicates} duplicates in {seconds:.0f} s; "
                f"worker {early:.0f} MiB on the way, {late:.0f} MiB at the end"
            ),
            met=made == drafts and made + refused == len(first.results) and not duplicates and growth < MOST_GROWTH,
            figures={
                "contracts": contracts,
                "drafts": drafts,
                "refused": refused,
                "duplicates": duplicates,
                "seconds": round(seconds, 1),
                "drafts_per_second": round(drafts / seconds, 1),
                "worker_on_the_way_mib": round(early, 1),
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
async def _watching(
    engine: AsyncEngine, worker: psutil.Process, told: Callable[[int], object]
) -> AsyncIterator[Watched]:
    watched = Watched()

    async def watch() -> None:
        while True:
            drafts, _ = await _drafts(engine)
            watched.seen.append((drafts, _memory(worker)))
            told(drafts)
            await asyncio.sleep(LOOK_SECONDS)

    watching = asyncio.create_task(watch())
    try:
        yield watched
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    drafts, _ = await _drafts(engine)
    watched.seen.append((drafts, _memory(worker)))


def _memory(worker: psutil.Process) -> int:
    """With its children: printing has processes of its own."""
    return sum(process.memory_info().rss for process in (worker, *worker.children(recursive=True)))


async def _drafts(engine: AsyncEngine) -> tuple[int, int]:
    """All of them, and those of different contracts."""
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
