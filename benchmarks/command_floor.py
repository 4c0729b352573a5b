"""The floor of a command: an update without rules that makes one database write.

It runs as a worker of its own, `python -m benchmarks.command_floor`, with the same environment as Aktum's worker.
"""

import asyncio
import os
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
UPDATES = 3  # generate, finalise, approve
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
    def __init__(self) -> None:
        self._done = 0

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: self._done == UPDATES and workflow.all_handlers_finished())

    @workflow.update
    async def write(self, number: int) -> int:  # noqa: ARG002 (the validator reads it)
        await workflow.execute_activity(
            "bench.write", workflow.info().workflow_id, start_to_close_timeout=timedelta(seconds=30)
        )
        self._done += 1
        return self._done

    @write.validator
    def check_write(self, number: int) -> None:
        if number != self._done:
            raise ValueError(f"update {number} comes after {self._done} updates")


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
    from benchmarks import command_floor

    asyncio.run(command_floor.main())
    os._exit(0)
