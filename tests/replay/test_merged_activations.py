"""What a worker gets in two activations leads to the same steps if it gets both in one.

A worker that replays an invoice for its newest task may get what an activity returned before together with the command
of this task, where a worker with the invoice in its cache got one after the other (docs/specification/temporal.md 9.5).
The test merges activations of the stored histories in this way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.worker._workflow_instance import _WorkflowInstanceImpl

from tests.replay.test_replay import HISTORIES, history
from worker import SINGLE_BATCH
from workflows.client.connection import DATA_CONVERTER
from workflows.registry import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages

STORED = {path.stem: path for path in HISTORIES}
# Those in which a command follows an activation without steps, and no activation brings a command with something else:
# earlier releases, which have recorded them, applied that in another order.
WITH_COMMANDS = (
    *("claimed_work", "didox_accepted", "happy_email", "overdue_with_reminders", "posted_payments"),
    *("returned_letters.2", "revised_and_late", "stopped", "voided_while_retrying"),
)
activate_once = _WorkflowInstanceImpl.activate


@contextmanager
def each_activation(patch: pytest.MonkeyPatch, activate: Any) -> Iterator[None]:
    with patch.context() as patched:
        patched.setattr(_WorkflowInstanceImpl, "activate", activate)
        yield


async def replay(name: str) -> Exception | None:
    """Replay the stored history; return the failure if its steps come in another order."""
    replayer = Replayer(
        workflows=WORKFLOWS,
        data_converter=DATA_CONVERTER,
        interceptors=[GuardMessages()],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    return (await replayer.replay_workflow(history(STORED[name]), raise_on_replay_failure=False)).replay_failure


async def without_steps(name: str, patch: pytest.MonkeyPatch) -> set[int]:
    """Return which activations lead to no step although the next one brings a command, by the length of the history."""
    seen: list[tuple[int, bool, bool]] = []

    def activate(instance: Any, activation: Any) -> Any:
        done = activate_once(instance, activation)
        brings_command = any(job.HasField("do_update") for job in activation.jobs)
        seen.append((activation.history_length, bool(done.successful.commands), brings_command))
        return done

    with each_activation(patch, activate):
        assert await replay(name) is None
    pairs = pairwise(seen)
    return {length for (length, has_steps, _), (_, _, brings_command) in pairs if not has_steps and brings_command}


async def replay_merged(name: str, merged: set[int], patch: pytest.MonkeyPatch, *, as_one_batch: bool) -> Any:
    """Replay the history; the jobs of the activations in `merged` are handed on to the next activation."""
    held: list[Any] = []

    def activate(instance: Any, activation: Any) -> Any:
        if as_one_batch:
            activation.available_internal_flags.append(SINGLE_BATCH)
        if activation.history_length in merged and not held:
            held.extend(activation.jobs)
            return WorkflowActivationCompletion(run_id=activation.run_id, successful={})  # type: ignore[arg-type]
        jobs = [*held, *activation.jobs]
        held.clear()
        del activation.jobs[:]
        activation.jobs.extend(jobs)
        return activate_once(instance, activation)

    with each_activation(patch, activate):
        return await replay(name)


@pytest.mark.parametrize("name", WITH_COMMANDS)
async def test_merged_activations_lead_to_the_same_steps(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    merged = await without_steps(name, monkeypatch)
    assert merged
    assert await replay_merged(name, merged, monkeypatch, as_one_batch=True) is None


async def test_job_by_job_the_order_depends_on_the_activations(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's default, which running invoices of earlier releases keep."""
    merged = await without_steps("happy_email", monkeypatch)
    failure = await replay_merged("happy_email", merged, monkeypatch, as_one_batch=False)
    assert "Nondeterminism" in str(failure)
