"""The scenario of events for `tests/record_histories.py`: the feed, and the webhooks of one invoice."""

from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from models.events.ports import Passed
from models.events.webhooks.ports import WAKE
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.webhooks import LANE, Looks, Receiver
from worker import build_webhook_worker, build_worker
from workflows.events.delivery import DeliverWebhooksWorkflow
from workflows.events.feed import EventFeedWorkflow
from workflows.events.messages import DeliveryStart

Handle = WorkflowHandle[object, object]


async def webhooks(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    """The feed passes on twice and looks for more. A delivery fails, is replayed, and another one follows."""
    own, name = f"{queue}-events", uuid4().hex[:8]
    looks = Looks(results=[Passed(published=3, taken=3, started=1), Passed(started=1)])
    receiver = Receiver(waiting=["e1", "e2"], is_down=True)
    start = DeliveryStart(endpoint_id=LANE.endpoint_id, invoice_id=LANE.invoice_id)
    async with (
        build_worker(client, [looks.pass_on], own),
        build_webhook_worker(client, [receiver.attempt], own),
    ):
        feed = await client.start_workflow(EventFeedWorkflow.run, id=f"event-feed.{name}", task_queue=own)
        await eventually(looks.count, lambda count: count >= 4)
        lane = await client.start_workflow(
            DeliverWebhooksWorkflow.run, start, id=f"webhooks.{name}", task_queue=own, start_signal=WAKE
        )
        await eventually(receiver.attempts, lambda tried: tried >= 1)
        receiver.is_down, receiver.due = False, None
        await lane.signal(WAKE)
        await lane.result()
    return [client.get_workflow_handle(feed.id), client.get_workflow_handle(lane.id)]
