"""Waits of workflows: what was awaited may be gone when the wait continues."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from workflows.runtime.conditions import wait_for
    from workflows.runtime.sandbox import RUNNER


@workflow.defn(name="TwoTakers")
class TwoTakers:
    """Two coroutines take what arrives, one at a time; both are woken by each arrival."""

    def __init__(self) -> None:
        self._waiting: list[int] = []
        self._taken: list[int] = []

    @workflow.signal
    def put(self, number: int) -> None:
        self._waiting.append(number)

    @workflow.run
    async def run(self, wanted: int) -> list[int]:
        takers = [asyncio.create_task(self._take()) for _ in range(2)]
        await workflow.wait_condition(lambda: len(self._taken) == wanted or any(taker.done() for taker in takers))
        for taker in takers:
            if taker.done():
                taker.result()
            taker.cancel()
        return self._taken

    async def _take(self) -> None:
        while True:
            await wait_for(lambda: self._waiting[0] if self._waiting else None)
            self._taken.append(self._waiting.pop(0))


@pytest.fixture
async def client(temporal: Client, queue: str) -> AsyncIterator[Client]:
    async with Worker(temporal, task_queue=queue, workflows=[TwoTakers], workflow_runner=RUNNER):
        yield temporal


async def test_a_value_that_another_coroutine_took_is_awaited_again(client: Client, queue: str) -> None:
    handle = await client.start_workflow(
        TwoTakers.run, 3, id=f"two-takers.{uuid4()}", task_queue=queue, run_timeout=timedelta(minutes=1)
    )
    for number in range(3):
        await handle.signal(TwoTakers.put, number)
    assert await handle.result() == [0, 1, 2]
    kinds = {event.event_type async for event in handle.fetch_history_events()}
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in kinds
