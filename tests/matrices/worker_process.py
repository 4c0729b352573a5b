"""A worker with the product's activities that can be stopped at a chosen point of an effect, to be killed there.

The file named by the first argument holds a JSON object: the key of an effect, and `before_send` or `before_record`.
Where the effect arrives at its point it waits for ever, and a file named by the key says so in the same folder.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from temporalio.worker import Worker

import json_logs
from activities.ledger import ledger, rows
from activities.runtime.failures import ShortFailures
from activities.runtime.heartbeats import Heartbeats
from activities.wiring import activities_of
from settings import load
from tests.matrices.execute_effect import ExecuteEffect
from workflows.client.connection import connect
from workflows.runtime.interceptors import GuardMessages
from workflows.runtime.sandbox import RUNNER

TASK_QUEUE = "matrices"
BEFORE_SEND, BEFORE_RECORD = "before_send", "before_record"


def stopping(point: str, stops: Path, step: Callable[..., Awaitable[Any]], key_of: Callable[..., str]) -> Any:
    """Return the step with a stop before it for the effects that the file names with this point."""
    stopped = {key for key, at in json.loads(stops.read_text()).items() if at == point}

    async def stop(*arguments: Any, **more: Any) -> Any:
        key = key_of(*arguments)
        if key in stopped:
            (stops.parent / key.replace(":", "_")).touch()
            await asyncio.Event().wait()
        return await step(*arguments, **more)

    return stop


async def main(stops: Path) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(32))
    ledger._create = stopping(BEFORE_SEND, stops, ledger._create, lambda _, entry, *__: entry.key)
    rows.complete = stopping(BEFORE_RECORD, stops, rows.complete, lambda _, key, *__: key)
    settings = load()
    json_logs.configure(settings.log_level)
    client = await connect(settings.temporal.address, settings.temporal.namespace)
    async with (
        activities_of(settings) as activities,
        Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[ExecuteEffect],
            workflow_runner=RUNNER,
            activities=activities,
            interceptors=[GuardMessages(), ShortFailures(), Heartbeats()],
        ),
    ):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
