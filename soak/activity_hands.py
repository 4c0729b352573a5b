"""What an operator does to an activity in Temporal's Web UI: pause, fail, complete, and a try at once."""

import asyncio
from random import Random
from typing import Any

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import PauseActivityRequest, ResetActivityRequest, UnpauseActivityRequest
from temporalio.client import AsyncActivityHandle, Client
from temporalio.exceptions import ApplicationError

from models.invoice.effects import WATCHES
from models.invoice.ports import EFFECT_PORTS

PAUSE_SECONDS = 3.0
EFFECT_TYPES = frozenset(port.name for port in EFFECT_PORTS.values())
WATCH_TYPES = frozenset(EFFECT_PORTS[name].name for name in WATCHES)
JUNK: tuple[Any, ...] = (None, "done", 5, {"state": "sent"}, ["not", "a", "receipt"])


async def pause(client: Client, workflow_id: str, random: Random) -> str:
    """Pause a pending activity for a few seconds."""
    pending = await _any_pending(client, workflow_id, random)
    if pending is None:
        return "no activity to pause"
    execution = WorkflowExecution(workflow_id=workflow_id)
    await client.workflow_service.pause_activity(
        PauseActivityRequest(namespace=client.namespace, execution=execution, id=pending.activity_id, reason="the soak")
    )
    await asyncio.sleep(PAUSE_SECONDS)
    await _unpause(client, workflow_id, pending)
    return f"paused {pending.activity_type.name} for {PAUSE_SECONDS:g} s"


async def fail(client: Client, workflow_id: str, random: Random) -> str:
    """Fail a pending activity: an effect also for good, anything else so that it is tried again."""
    pending = await _any_pending(client, workflow_id, random)
    if pending is None:
        return "no activity to fail"
    for_good = pending.activity_type.name in EFFECT_TYPES and random.random() < 0.5
    await _handle(client, workflow_id, pending).fail(ApplicationError("failed by the soak", non_retryable=for_good))
    return f"failed {pending.activity_type.name}{' for good' if for_good else ''}"


async def complete_with_junk(client: Client, workflow_id: str, random: Random) -> str:
    """Complete a pending activity with a result that does not fit."""
    pending = await _any_pending(client, workflow_id, random)
    if pending is None:
        return "no activity to complete"
    junk = random.choice(JUNK)
    await _handle(client, workflow_id, pending).complete(junk)
    return f"completed {pending.activity_type.name} with {junk!r}"


async def try_at_once(client: Client, workflow_id: str) -> None:
    """Let each activity that is paused or waits for its next attempt be tried at once."""
    for pending in await _pending(client, workflow_id):
        if pending.paused:
            await _unpause(client, workflow_id, pending)
        is_waiting = pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED and pending.attempt > 1
        if is_waiting and pending.activity_type.name not in WATCH_TYPES:
            await client.workflow_service.reset_activity(
                ResetActivityRequest(
                    namespace=client.namespace,
                    execution=WorkflowExecution(workflow_id=workflow_id),
                    id=pending.activity_id,
                    jitter=Duration(),
                )
            )


async def _any_pending(client: Client, workflow_id: str, random: Random) -> PendingActivityInfo | None:
    pending = await _pending(client, workflow_id)
    return random.choice(pending) if pending else None


async def _pending(client: Client, workflow_id: str) -> list[PendingActivityInfo]:
    described = await client.get_workflow_handle(workflow_id).describe()
    return list(described.raw_description.pending_activities)


async def _unpause(client: Client, workflow_id: str, pending: PendingActivityInfo) -> None:
    request = UnpauseActivityRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=workflow_id),
        id=pending.activity_id,
        jitter=Duration(),
    )
    await client.workflow_service.unpause_activity(request)


def _handle(client: Client, workflow_id: str, pending: PendingActivityInfo) -> AsyncActivityHandle:
    return client.get_async_activity_handle(workflow_id=workflow_id, run_id=None, activity_id=pending.activity_id)
