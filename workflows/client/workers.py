"""Whether a worker polls Temporal for tasks. Without one Temporal accepts requests, and nothing answers them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from workflows.client.deadline import read_deadline
from workflows.client.errors import TemporalUnavailable
from workflows.runtime import ids

# A poll without a task lasts a minute and then begins anew. Temporal lists a poller that has died for five minutes.
RECENT = timedelta(seconds=75)
ANSWER = timedelta(seconds=10)
WORKFLOWS, ACTIVITIES = "workflows", "activities"
_TYPES: Mapping[str, TaskQueueType.ValueType] = {
    WORKFLOWS: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    ACTIVITIES: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}


async def without_worker(client: Client, *kinds: str, recent: timedelta = RECENT) -> list[str]:
    """Return those of the kinds of tasks for which no worker has polled lately. Raises TemporalUnavailable."""
    try:
        async with read_deadline(ANSWER):
            polled = await asyncio.gather(*(_is_polled(client, _TYPES[kind], recent) for kind in kinds))
    except (RPCError, RuntimeError) as error:  # a lazy client that cannot connect raises a RuntimeError
        raise TemporalUnavailable(str(error)) from error
    return [kind for kind, is_polled in zip(kinds, polled, strict=True) if not is_polled]


async def _is_polled(client: Client, kind: TaskQueueType.ValueType, recent: timedelta) -> bool:
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace, task_queue=TaskQueue(name=ids.TASK_QUEUE), task_queue_type=kind
        )
    )
    since = datetime.now(UTC) - recent
    return any(poller.last_access_time.ToDatetime(UTC) >= since for poller in described.pollers)
