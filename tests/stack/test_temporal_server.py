"""The embedded Temporal server keeps what it has answered, also when it is killed."""

import asyncio
from pathlib import Path

from temporalio.client import Client

from local.stack.stack import Stack
from tests.stack.conftest import StartStack

WORKFLOWS = 30
# Bytes 18 and 19 of a SQLite file: the format version, 2 where it is written through a write-ahead log.
FORMAT, WRITE_AHEAD_LOG = slice(18, 20), b"\x02\x02"


async def start_some(stack: Stack, prefix: str) -> list[str]:
    client = await Client.connect(stack.env["AKTUM_TEMPORAL__ADDRESS"])
    ids = [f"{prefix}-{number}" for number in range(WORKFLOWS)]
    await asyncio.gather(*(client.start_workflow("Any", id=each, task_queue="nobody") for each in ids))
    return ids


async def test_what_was_answered_is_there_after_a_kill(start_stack: StartStack) -> None:
    stack = start_stack("temporal")
    started: list[str] = []
    for prefix in ("first", "second"):
        started += await start_some(stack, prefix)
        stack.kill("temporal")
        stack.start_component("temporal")
    client = await Client.connect(stack.env["AKTUM_TEMPORAL__ADDRESS"])
    for workflow_id in started:
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        assert len(history.events) == 2, workflow_id  # started, and a task scheduled for a worker
    assert _database(stack).read_bytes()[FORMAT] == WRITE_AHEAD_LOG


def _database(stack: Stack) -> Path:
    return stack.directory.path / "temporal.db"
