"""The activities of the sweep of orders on the real PostgreSQL: what is due, what is placed, and what is lost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.billing.ready_orders import LONGEST_OPENING, ReadyOrderActivities
from activities.database.engine import sessions
from activities.partners.batch_store import BatchStore
from activities.partners.order_store import OrderStore
from local.demo_data import partners as demo
from models.billing.ready_orders import BatchToClose, OrdersToDraft, ReadyOrders, ReadyPage, SweepAt
from models.issuer.issuer import Issuer, Party
from models.issuer.tables import IssuerRow
from models.partners.batches.errors import BatchClosed
from models.partners.readiness import PartnerRules
from models.values.workflow_ids import invoice_id, partner_invoice
from tests.fixtures.orders import CLERK, intake

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)  # the jobs of the fixture were completed in February
READY = {"status": "ReadyForInvoice"}


@pytest.fixture
async def engine(connect: Callable[..., AsyncEngine]) -> AsyncEngine:
    """A database with the partners of the demo."""
    engine = connect()
    async with sessions(engine).begin() as session:
        for row in demo.rows():
            session.add(row)
            await session.flush()
        session.add(IssuerRow(issuer=Issuer(party=Party(name="Cephas Sdn Bhd")).model_dump(mode="json")))
    return engine


async def place(engine: AsyncEngine, at: datetime = NOW) -> ReadyOrders:
    activity = ReadyOrderActivities(engine).place_ready
    return await ActivityEnvironment().run(activity, ReadyPage(at=at))


async def due(engine: AsyncEngine, at: datetime) -> tuple[str, ...]:
    return (await ActivityEnvironment().run(ReadyOrderActivities(engine).due, SweepAt(at=at))).keys


async def test_ready_orders_are_placed_by_the_format_of_their_partner(engine: AsyncEngine) -> None:
    """Celcom collects batches, TIME has single jobs, and an order without materials is refused with the reason."""
    orders = OrderStore(engine)
    intakes = [
        intake("ORD-1", partner_key="CELCOM", **READY),
        intake("ORD-2", partner_key="CELCOM", **READY),
        intake("ORD-3", partner_key="TIME", **READY),
        intake("ORD-4", partner_key="TIME", materials_logged=False, **READY),
        intake("ORD-5", partner_key="NOBODY", **READY),
        intake("ORD-6", partner_key="TIME"),  # not ready yet
    ]
    await orders.receive(intakes, CLERK, NOW)
    placed = await place(engine)
    alone = OrdersToDraft(partner_key="TIME", order_keys=("ORD-3",), workflow_id=partner_invoice("TIME", "ORD-3"))
    assert (placed.to_draft, placed.into_batches, placed.last) == ((alone,), 2, None)
    assert [each.order_key for each in placed.refused] == ["ORD-4", "ORD-5"]
    assert placed.refused_count == 2
    again = await place(engine)
    assert (again.into_batches, again.refused_count) == (0, 2)
    [(batch, count)] = await BatchStore(engine).page(limit=10)
    assert (batch.key, count) == ("CELCOM.activation.2026-02", 2)


async def test_a_batch_is_due_after_its_month_in_kuala_lumpur_and_until_its_invoice_is_saved(
    engine: AsyncEngine,
) -> None:
    """February ends there at 16:00 UTC of the 28th."""
    await OrderStore(engine).receive([intake("ORD-1", partner_key="CELCOM", **READY)], CLERK, NOW)
    await place(engine)
    end = datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert await due(engine, end - timedelta(seconds=1)) == ()
    assert await due(engine, end) == ("CELCOM.activation.2026-02",)
    closing = BatchToClose(key="CELCOM.activation.2026-02", at=NOW, by="order sweep")
    closed = await ActivityEnvironment().run(ReadyOrderActivities(engine).close, closing)
    assert (closed.partner_key, closed.order_keys) == ("CELCOM", ("ORD-1",))
    assert await ActivityEnvironment().run(ReadyOrderActivities(engine).close, closing) == closed
    assert await due(engine, NOW) == ("CELCOM.activation.2026-02",)  # no invoice has been saved yet


async def test_an_order_that_was_taken_out_of_a_batch_waits_for_a_person(engine: AsyncEngine) -> None:
    await OrderStore(engine).receive([intake("ORD-1", partner_key="CELCOM", **READY)], CLERK, NOW)
    await place(engine)
    batches = BatchStore(engine)
    await batches.remove("CELCOM.activation.2026-02", "ORD-1", CLERK, "the price is disputed", NOW)
    assert await place(engine) == ReadyOrders()
    await batches.close("CELCOM.activation.2026-02", "lena", NOW)
    with pytest.raises(BatchClosed):
        await batches.remove("CELCOM.activation.2026-02", "ORD-1", CLERK, "the price is disputed", NOW)


async def test_orders_of_an_invoice_that_was_never_saved_are_drafted_again(engine: AsyncEngine) -> None:
    """Its workflow was ended between the claim and the save."""
    orders = OrderStore(engine)
    await orders.receive([intake("ORD-1", **READY)], CLERK, NOW)
    workflow_id = partner_invoice("TIME", "ORD-1", 1)
    async with engine.begin() as connection:
        await orders.claim_for_invoice(connection, ["ORD-1"], invoice_id(workflow_id), PartnerRules(), NOW)
    assert (await place(engine, NOW + LONGEST_OPENING)).to_draft == ()
    [lost] = (await place(engine, NOW + LONGEST_OPENING + timedelta(seconds=1))).to_draft
    assert lost == OrdersToDraft(partner_key="TIME", order_keys=("ORD-1",), workflow_id=workflow_id)
