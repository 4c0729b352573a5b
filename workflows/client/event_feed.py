"""The event feed for workers and operators: its start, which may be repeated at any time, and whether it runs."""

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from workflows.events.feed import EventFeedWorkflow
from workflows.runtime import ids


async def ensure_running(client: Client, task_queue: str = ids.TASK_QUEUE) -> None:
    """Start the feed unless it runs. One that was ended starts again where it stopped."""
    await client.start_workflow(
        EventFeedWorkflow.run,
        id=ids.EVENT_FEED,
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary="Passes recorded events on to webhooks and notices",
    )


async def is_running(client: Client) -> bool:
    """Return whether the feed runs."""
    try:
        described = await client.get_workflow_handle(ids.EVENT_FEED).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return described.status is WorkflowExecutionStatus.RUNNING
