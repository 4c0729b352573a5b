"""From a recorded event to the receiver: the feed, the lanes and the deliveries on real servers."""

import asyncio
import json
from datetime import timedelta

from sqlalchemy import text
from temporalio.client import Client

from activities.events.feed import EventFeed
from activities.invoice.projection import InvoiceProjection
from models.events.webhooks.ports import Lane
from tests.activities.events.webhooks import Webhooks
from tests.fixtures.database_invoices import events, invoice
from tests.fixtures.invoice_driver import eventually
from worker import build_webhook_worker, build_worker
from workflows.client import event_feed


async def test_events_reach_the_receiver_in_order_and_a_lane_that_was_ended_starts_again(
    hooks: Webhooks, own_temporal: Client
) -> None:
    feed = EventFeed(hooks.engine, (hooks.consumer,), timedelta(seconds=0.2))

    async def arrived() -> dict[str, list[int]]:
        bodies = [
            json.loads(each["record"]["body"])["data"] for each in await asyncio.to_thread(hooks.receiver.effects)
        ]
        ids = {body["invoice_id"] for body in bodies}
        return {each: [body["revision"] for body in bodies if body["invoice_id"] == each] for each in ids}

    async with (
        build_worker(own_temporal, [feed.pass_on], "e2e"),
        build_webhook_worker(own_temporal, [hooks.deliveries.attempt], "e2e"),
    ):
        await event_feed.ensure_running(own_temporal, "e2e")
        made = [invoice(revision=3, journal=events(3)) for _ in range(3)]
        await asyncio.gather(*(InvoiceProjection(hooks.engine).project(each) for each in made))
        await eventually(arrived, lambda got: got == {each.id: [1, 2, 3] for each in made})

        hooks.receiver.fault("status", path="receive", status=500, times=2)
        stuck = invoice(revision=1, journal=events(1))
        await InvoiceProjection(hooks.engine).project(stuck)

        async def tried() -> int:
            return (await hooks.rows("attempts"))[-1][0] if len(await hooks.rows()) == 10 else 0

        await eventually(tried, lambda attempts: attempts >= 2)  # 5 s later, and the next one in five minutes
        lane = Lane(endpoint_id=hooks.endpoint.id, invoice_id=stuck.id)
        await own_temporal.get_workflow_handle(lane.workflow_id).terminate("by an operator")
        async with hooks.engine.begin() as connection:
            await connection.execute(
                text("UPDATE webhook_deliveries SET woken_at = woken_at - interval '2 hours', next_attempt_at = now()")
            )
        await eventually(arrived, lambda got: got.get(stuck.id) == [1])
