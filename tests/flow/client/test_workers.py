"""Which kinds of tasks no worker polls for, on the real server."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

from tests.fixtures.invoice_driver import eventually
from workflows.client.connection import connect
from workflows.client.errors import TemporalUnavailable
from workflows.client.workers import ACTIVITIES, WORKFLOWS, without_worker
from workflows.runtime import ids


@workflow.defn(sandboxed=False)
class Nothing:
    @workflow.run
    async def run(self) -> None: ...


@activity.defn
async def do_nothing() -> None: ...


def unpolled(client: Client, **more: timedelta) -> Callable[[], Awaitable[list[str]]]:
    return lambda: without_worker(client, WORKFLOWS, ACTIVITIES, **more)


async def test_no_worker(own_temporal: Client) -> None:
    assert await unpolled(own_temporal)() == [WORKFLOWS, ACTIVITIES]


async def test_a_worker_for_both(own_temporal: Client) -> None:
    async with Worker(own_temporal, task_queue=ids.TASK_QUEUE, workflows=[Nothing], activities=[do_nothing]):
        await eventually(unpolled(own_temporal), lambda found: found == [])
        # Temporal lists pollers for some minutes after their end; one that polled long ago does not count.
        assert await unpolled(own_temporal, recent=timedelta(0))() == [WORKFLOWS, ACTIVITIES]


async def test_a_worker_for_workflows_alone(own_temporal: Client) -> None:
    async with Worker(own_temporal, task_queue=ids.TASK_QUEUE, workflows=[Nothing]):
        await eventually(unpolled(own_temporal), lambda found: found == [ACTIVITIES])


async def test_a_worker_of_another_queue_does_not_count(own_temporal: Client) -> None:
    async with Worker(own_temporal, task_queue="another", workflows=[Nothing], activities=[do_nothing]):
        assert await unpolled(own_temporal)() == [WORKFLOWS, ACTIVITIES]


async def test_no_temporal() -> None:
    nowhere = await connect("127.0.0.1:1", "default", lazy=True)
    with pytest.raises(TemporalUnavailable):
        await without_worker(nowhere, WORKFLOWS)
