"""Invoices of orders on the real server: the order of what the orders learn, refusals, outages, and the sweep."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.billing.ports import DRAFT_ORDERS
from models.billing.ready_orders import OrdersToDraft, ReadyOrders
from models.invoice.commands import Discard, Hold, Release
from models.invoice.effects import EffectName
from models.invoice.ports import PROJECT
from models.invoice.status import Status
from models.partners.ports import MARK_COMPLETED, MARK_INVOICED, MARK_SUBMITTED, RETURN_TO_READY
from models.values.failure_codes import Failure
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoices import partner_rejection
from tests.fixtures.partner_activities import (
    InMemoryOrders,
    InMemorySweep,
    approve,
    open_partner_invoice,
    pay,
    start_partner_invoice,
    upload,
)
from worker import build_worker
from workflows.partners.order_sweep import OrderSweepStart, OrderSweepWorkflow
from workflows.runtime import ids


@pytest.fixture
def orders() -> InMemoryOrders:
    return InMemoryOrders()


@pytest.fixture
async def client(
    temporal: Client, activities: InMemoryActivities, orders: InMemoryOrders, queue: str
) -> AsyncIterator[Client]:
    async with build_worker(temporal, [*activities.all(), *orders.all()], queue):
        yield temporal


async def test_the_orders_learn_each_step_once_and_in_order(
    client: Client, activities: InMemoryActivities, orders: InMemoryOrders, queue: str
) -> None:
    driver = await open_partner_invoice(client, activities, queue)
    await approve(driver)
    await upload(driver)
    await pay(driver, "75.00")
    await driver.handle.result()
    assert orders.told() == [MARK_INVOICED.name, MARK_SUBMITTED.name, MARK_COMPLETED.name]
    assert set(orders.keys.values()) == {1}
    invoice = activities.saved[ids.invoice_id(driver.handle.id)]
    assert invoice.status is Status.CLOSED
    assert {command.number for _, command in orders.commands} == {invoice.display_number}


async def test_an_outage_of_the_orders_delays_the_invoice_and_loses_nothing(
    client: Client, activities: InMemoryActivities, orders: InMemoryOrders, queue: str
) -> None:
    orders.faults = {MARK_INVOICED.name: [ApplicationError("the connection was closed", type="OperationalError")]}
    driver = await open_partner_invoice(client, activities, queue)
    await approve(driver)
    await driver.until_completed(EffectName.ORDERS_INVOICED)
    assert orders.told() == [MARK_INVOICED.name]


async def test_a_refused_draft_ends_the_workflow_with_every_reason(
    client: Client, activities: InMemoryActivities, orders: InMemoryOrders, queue: str
) -> None:
    obstacles = [{"order_key": "ORD-1", "code": "open_blocker", "message": "The blocker is open."}]
    not_ready = ApplicationError(
        "Not ready", {"obstacles": obstacles}, type=Failure.ORDERS_NOT_READY, non_retryable=True
    )
    orders.faults = {DRAFT_ORDERS.name: [not_ready]}
    driver = await start_partner_invoice(client, activities, queue)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await driver.handle.execute_update("opened")
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.details[0]) == (Failure.ORDERS_NOT_READY, {"obstacles": obstacles})


async def test_orders_of_a_draft_that_could_not_be_saved_are_given_back(
    client: Client, activities: InMemoryActivities, orders: InMemoryOrders, queue: str
) -> None:
    activities.fail(PROJECT.name, refusal("another invoice has this workflow", Failure.ALREADY_INVOICED))
    driver = await start_partner_invoice(client, activities, queue)
    with pytest.raises(WorkflowUpdateFailedError):
        await driver.handle.execute_update("opened")
    [(name, command)] = orders.commands
    assert (name, command.reason) == (RETURN_TO_READY.name, "no draft was made")


async def test_a_rejection_gives_the_orders_back_and_ends_the_workflow(
    client: Client, activities: InMemoryActivities, orders: InMemoryOrders, queue: str
) -> None:
    driver = await open_partner_invoice(client, activities, queue)
    await approve(driver)
    await upload(driver)
    await driver.until_completed(EffectName.ORDERS_SUBMITTED)
    await driver.send(partner_rejection())
    await driver.handle.result()
    name, command = orders.commands[-1]
    assert (name, command.rejected) == (RETURN_TO_READY.name, True)


async def test_a_discarded_draft_on_hold_gives_its_orders_back_after_the_release(
    client: Client, activities: InMemoryActivities, orders: InMemoryOrders, queue: str
) -> None:
    driver = await open_partner_invoice(client, activities, queue)
    await driver.send(Hold(by="boss", reason="a dispute about the price"))
    await driver.send(Discard(by="amina"))
    assert orders.commands == []
    await driver.send(Release(by="boss"))
    await driver.handle.result()
    assert orders.told() == [RETURN_TO_READY.name]


async def test_a_partner_without_review_is_approved_by_itself(
    client: Client, activities: InMemoryActivities, orders: InMemoryOrders, queue: str
) -> None:
    orders.settings = {"needs_review": False}
    driver = await open_partner_invoice(client, activities, queue)
    await driver.finalize()
    approved = await driver.until_status(Status.APPROVED)
    assert approved.approved is not None
    assert approved.approved.by == "aktum"


async def test_a_sweep_closes_batches_and_starts_invoices_once(
    client: Client, temporal: Client, activities: InMemoryActivities, orders: InMemoryOrders
) -> None:
    prefix, queue = uuid4().hex[:8], str(uuid4())
    batch, alone = f"TIME.activation.{prefix}", f"ORD-{prefix}"
    single = OrdersToDraft(partner_key="TIME", order_keys=(alone,), workflow_id=ids.partner_invoice("TIME", alone))
    sweep = InMemorySweep(
        batches={batch: (f"{alone}-1", f"{alone}-2"), f"TIME.sdu.{prefix}": ()},
        ready=ReadyOrders(to_draft=(single,)),
    )
    async with build_worker(temporal, [*activities.all(), *orders.all(), *sweep.all()], queue):
        reports = [
            await temporal.execute_workflow(
                OrderSweepWorkflow.run, OrderSweepStart(), id=f"order-sweep.{queue}.{n}", task_queue=queue
            )
            for n in range(2)
        ]
        for name in (batch, alone):
            handle = temporal.get_workflow_handle(ids.partner_invoice("TIME", name))
            await handle.execute_update("opened")
    assert [(each.batches_closed, each.drafts_started) for each in reports] == [(2, 2), (2, 0)]
    assert len(orders.drafted) == 2
