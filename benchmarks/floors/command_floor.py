"""The floor of a command: an update without rules whose activities each make one database write.

`PLAIN` has one activity for each update, `SHAPED` as many as a real command has. It runs as a worker of its own,
`python -m benchmarks.floors.command_floor`, with the same environment as Aktum's worker.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import AsyncEngine

    from activities.database.engine import create_engine
    from settings import load
    from worker import CONCURRENT_ACTIVITIES
    from workflows.client.connection import connect
    from workflows.runtime.sandbox import RUNNER

TASK_QUEUE = "bench.commands.floor"


@dataclass(frozen=True)
class Shape:
    """The activities of each update in groups that run concurrently: those before its answer, and those after it."""

    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]


PLAIN = Shape(before=((1,), (1,), (1,)), after=((), (), ()))
# Generate: draft; save. Finalise: save and number; save and PDF; save. Approve: save; then archive, shipment and
# notice; then two saves (tests/histories/happy_email.json).
SHAPED = Shape(before=((1, 1), (2, 2, 1), (1,)), after=((), (), (3, 1, 1)))
UPDATES = len(SHAPED.before)

_TABLE = text("CREATE TABLE IF NOT EXISTS bench_floor (workflow_id text PRIMARY KEY, number int NOT NULL)")
_WRITE = text(
    "INSERT INTO bench_floor VALUES (:workflow_id, 1) "
    "ON CONFLICT (workflow_id) DO UPDATE SET number = bench_floor.number + 1"
)


@dataclass(frozen=True)
class Writes:
    engine: AsyncEngine

    @activity.defn(name="bench.write")
    async def write(self, workflow_id: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(_WRITE, {"workflow_id": workflow_id})


@workflow.defn(name="CommandFloor")
class CommandFloorWorkflow:
    @workflow.init
    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._answered = 0
        self._done = 0

    @workflow.run
    async def run(self, shape: Shape) -> None:  # noqa: ARG002 (`__init__` reads it)
        while self._done < UPDATES:
            await workflow.wait_condition(lambda: self._done < self._answered)
            await self._write(self._shape.after[self._done])
            self._done += 1
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def write(self, number: int) -> int:
        await self._write(self._shape.before[number])
        self._answered += 1
        return self._answered

    @write.validator
    def check_write(self, number: int) -> None:
        if number != self._answered:
            raise ValueError(f"update {number} comes after {self._answered} updates")

    async def _write(self, groups: Sequence[int]) -> None:
        for size in groups:
            running = [
                workflow.start_activity(
                    "bench.write", workflow.info().workflow_id, start_to_close_timeout=timedelta(seconds=30)
                )
                for _ in range(size)
            ]
            for each in running:
                await each


async def main() -> None:
    settings = load()
    engine = create_engine(settings.database_url.get_secret_value())
    async with engine.begin() as connection:
        await connection.execute(_TABLE)
    client = await connect(settings.temporal.address, settings.temporal.namespace)
    async with Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[CommandFloorWorkflow],
        workflow_runner=RUNNER,
        activities=[Writes(engine).write],
        max_concurrent_activities=CONCURRENT_ACTIVITIES,
    ):
        await asyncio.Event().wait()


if __name__ == "__main__":
    # The sandbox imports the module of a workflow for each run. As `__main__` it would import all others with it.
    from benchmarks.floors import command_floor

    asyncio.run(command_floor.main())
    os._exit(0)
