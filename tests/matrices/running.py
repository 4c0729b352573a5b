"""The worker process of the matrices, and the executions of effects in it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from models.invoice.effects import Receipt
from models.invoice.ports import EffectRequest
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.processes import ROOT
from tests.matrices.execute_effect import ExecuteEffect
from tests.matrices.worker_process import TASK_QUEUE

LONGEST_SECONDS = 400

Execution = WorkflowHandle[ExecuteEffect, Receipt]


@dataclass
class WorkerProcess:
    """A worker in a process of its own. `stops` says where effects wait to be killed, by their keys."""

    environment: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, stops: Mapping[str, str]) -> None:
        file = self.folder / "stops.json"
        file.write_text(json.dumps(dict(stops)))
        command = [sys.executable, "-m", "tests.matrices.worker_process", str(file)]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **self.environment})

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def is_stopped(self, key: str) -> bool:
        """Return whether the effect waits at its point."""
        return (self.folder / key.replace(":", "_")).exists()


async def start(temporal: Client, request: EffectRequest) -> Execution:
    """Start the execution of an effect, or return the one that runs."""
    return await temporal.start_workflow(
        ExecuteEffect.run,
        request,
        id=request.key,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )


async def outcome(execution: Execution) -> Receipt | ApplicationError:
    """Return the receipt, or the error with which the effect was blocked."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            return await execution.result()
    except WorkflowFailureError as error:
        failure = error.cause.cause if isinstance(error.cause, ActivityError) else None
        if not isinstance(failure, ApplicationError):
            raise
        return failure


async def until_all(conditions: Iterable[tuple[str, Callable[[], bool]]]) -> None:
    """Return when each condition is true. Raises AssertionError with the names of those that are not in time."""
    left = dict(conditions)

    async def all_are_true() -> bool:
        for name, check in list(left.items()):
            if check():
                del left[name]
        return not left

    with suppress(AssertionError):
        await eventually(all_are_true, bool, LONGEST_SECONDS)
    assert not left, f"not reached: {', '.join(left)}"
