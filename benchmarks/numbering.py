"""The numbers of invoices of one series that are finalised at the same time, on the real PostgreSQL."""

import asyncio
import time
from uuid import uuid4

from rich.progress import Progress
from sqlalchemy import insert, select
from sqlmodel import col
from temporalio.client import Client

from activities.database.engine import create_engine
from activities.invoice.projection import InvoiceProjection
from activities.issuer.numbering import Numbering
from benchmarks.instant_activities import TERMS, InstantActivities
from benchmarks.lifecycle import opened
from benchmarks.results import Result
from models.invoice.commands import Finalize
from models.issuer.tables import IssuedNumber, NumberSeries
from worker import build_worker
from workflows.client.invoices import send_command


async def run(client: Client, database_url: str, progress: Progress, *, invoices: int) -> list[Result]:
    engine = create_engine(database_url)
    activities, queue = InstantActivities(), f"bench.{uuid4()}"
    async with engine.begin() as connection:
        series = {"name": TERMS.series, "pattern": "ACT-{seq}", "last_number": 0}
        await connection.execute(insert(NumberSeries).values(series))
    task = progress.add_task("numbers of one series", total=2 * invoices)
    take_number, project = Numbering(engine).take_number, InvoiceProjection(engine).project
    async with build_worker(client, activities.all(take_number, project), queue):

        async def draft() -> str:
            workflow_id = await opened(client, queue)
            progress.advance(task)
            return workflow_id

        async def finalize(workflow_id: str) -> None:
            await send_command(client, workflow_id, Finalize(by="bench"))
            progress.advance(task)

        drafts = await asyncio.gather(*(draft() for _ in range(invoices)))
        started_at = time.perf_counter()
        outcomes = await asyncio.gather(*(finalize(each) for each in drafts), return_exceptions=True)
        seconds = time.perf_counter() - started_at
    async with engine.connect() as connection:
        query = select(col(IssuedNumber.seq)).where(col(IssuedNumber.series) == TERMS.series)
        numbers = sorted(await connection.scalars(query))
    await engine.dispose()
    errors = sum(isinstance(outcome, BaseException) for outcome in outcomes)
    met = numbers == list(range(1, invoices + 1)) and errors == 0
    first, last = (numbers[0], numbers[-1]) if numbers else (0, 0)
    return [
        Result(
            name="numbering",
            what=f"finalise {invoices} invoices of one series at once",
            target=f"numbers 1..{invoices}, no gap, no error",
            measured=f"{first}..{last}, {len(set(numbers))} different, {errors} errors, {seconds:.1f} s",
            met=met,
            figures={
                "invoices": invoices,
                "numbers": len(set(numbers)),
                "errors": errors,
                "seconds": round(seconds, 2),
            },
        )
    ]
