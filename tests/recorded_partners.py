"""The scenarios of partner invoices for the recorder of histories."""

from temporalio.client import Client, WorkflowHandle

from models.billing.ready_orders import OrderRefusal, OrdersToDraft, ReadyOrders
from models.invoice.commands import RecordPortalStatus
from models.invoice.portal.submission import PortalStatus
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoices import partner_rejection
from tests.fixtures.partner_activities import InMemoryOrders, InMemorySweep, approve, open_partner_invoice, pay, upload
from worker import build_worker
from workflows.partners.order_sweep import OrderSweepStart, OrderSweepWorkflow
from workflows.runtime import ids

Handle = WorkflowHandle[object, object]


async def partner_paid(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """One activation, paid in two parts."""
    async with build_worker(client, [*activities.all(), *InMemoryOrders().all()], f"{queue}-orders"):
        driver = await open_partner_invoice(client, activities, f"{queue}-orders")
        await approve(driver)
        await upload(driver)
        await pay(driver, "70.00")
        await pay(driver, "5.00")
        await driver.handle.result()
    return [driver.handle]


async def partner_rejected(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """Rejected by the partner for good; the order is given back."""
    async with build_worker(client, [*activities.all(), *InMemoryOrders().all()], f"{queue}-orders"):
        driver = await open_partner_invoice(client, activities, f"{queue}-orders")
        await approve(driver)
        await upload(driver)
        await driver.send(partner_rejection())
        await driver.handle.result()
    return [driver.handle]


async def partner_resubmitted(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """Three orders of which the portal refuses a detail; it is corrected there and uploaded again."""
    async with build_worker(client, [*activities.all(), *InMemoryOrders().all()], f"{queue}-orders"):
        driver = await open_partner_invoice(client, activities, f"{queue}-orders", ("ORD-A1", "ORD-A2", "ORD-A3"))
        await approve(driver)
        await upload(driver)
        await driver.send(
            RecordPortalStatus(by="amina", portal_status=PortalStatus.REJECTED, remarks="wrong submission id")
        )
        await upload(driver, "SUBM-2", minutes_ago=30)
        await pay(driver, "225.00")
        await driver.handle.result()
    return [driver.handle]


async def partner_unreviewed(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """A partner whose invoices need no review."""
    orders = InMemoryOrders(settings={"needs_review": False})
    async with build_worker(client, [*activities.all(), *orders.all()], f"{queue}-orders"):
        driver = await open_partner_invoice(client, activities, f"{queue}-orders")
        await driver.finalize()
        await driver.until_status(Status.APPROVED)
        await upload(driver)
    return [driver.handle]


def _to_draft(order_key: str) -> OrdersToDraft:
    workflow_id = ids.partner_invoice("TIME", order_key)
    return OrdersToDraft(partner_key="TIME", order_keys=(order_key,), workflow_id=workflow_id)


async def order_sweep(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """A batch is closed, one without orders too, one order gets a draft, and another one cannot be invoiced."""
    sweep = InMemorySweep(
        batches={f"TIME.activation.{queue}": (f"ORD-{queue}-1", f"ORD-{queue}-2"), f"TIME.sdu.{queue}": ()},
        ready=ReadyOrders(
            to_draft=(_to_draft(f"ORD-{queue}-3"),),
            refused=(OrderRefusal(order_key="ORD-4", message="The time of completion is not recorded."),),
            refused_count=1,
        ),
    )
    every = [*activities.all(), *InMemoryOrders().all(), *sweep.all()]
    async with build_worker(client, every, f"{queue}-orders"):
        handle = await client.start_workflow(
            OrderSweepWorkflow.run, OrderSweepStart(), id=f"order-sweep.{queue}", task_queue=f"{queue}-orders"
        )
        await handle.result()
    return [client.get_workflow_handle(handle.id)]


PARTNER_SCENARIOS = (partner_paid, partner_rejected, partner_resubmitted, partner_unreviewed, order_sweep)
