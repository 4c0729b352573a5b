"""The start of the event feed, which workers and operators may repeat at any time."""

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

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
