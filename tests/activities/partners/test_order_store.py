"""The store of orders on the real PostgreSQL: intake, changes at once, claims and commands of invoices."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.partners import order_claims
from activities.partners.order_store import OrderStore
from activities.partners.orders import OrderActivities
from models.audit.hash_chain import first_break
from models.partners.orders.commands import OpenBlocker
from models.partners.orders.errors import NotReady, OrderRefused, OrderUnknown, StaleOrder
from models.partners.orders.intake import OrderIntake, Outcome
from models.partners.orders.order import Order
from models.partners.orders.selection import OrderPosition, OrderSelection
from models.partners.orders.status import OrderStatus
from models.partners.orders.tables import OrderClaim
from models.partners.ports import OrdersChanged, OrdersCommand
from models.partners.readiness import ObstacleCode, PartnerRules
from models.values.failure_codes import Failure
from tests.fixtures.orders import CLERK, NOW, intake

RULES = PartnerRules()
S = OrderStatus


@pytest.fixture
def orders(engine: AsyncEngine) -> OrderStore:
    return OrderStore(engine)


def key() -> str:
    return f"ORD-{uuid4().hex[:12]}"


async def stored(orders: OrderStore, *intakes: OrderIntake) -> list[str]:
    for received in await orders.receive(intakes, CLERK, NOW):
        assert received.outcome is Outcome.CREATED
    return [each.order_key for each in intakes]


async def claimed(orders: OrderStore, invoice_id: str, *keys: str) -> tuple[Order, ...]:
    async with orders.engine.begin() as connection:
        return await orders.claim_for_invoice(connection, keys, invoice_id, RULES, NOW)


async def live_claims(orders: OrderStore, order_key: str) -> int:
    query = select(func.count()).where(col(OrderClaim.order_key) == order_key, col(OrderClaim.released_at).is_(None))
    async with orders.engine.connect() as connection:
        return int(await connection.scalar(query) or 0)


def command(invoice_id: str, effect: str, *keys: str, rejected: bool = False) -> OrdersCommand:
    return OrdersCommand(
        invoice_id=invoice_id,
        effect_key=f"{invoice_id}:{effect}",
        order_keys=keys,
        number="TIME-202603-00001",
        at=NOW,
        reason="wrong serial number" if rejected else None,
        rejected=rejected,
    )


async def test_versions_of_an_order(orders: OrderStore) -> None:
    one = key()
    outcomes = [
        (await orders.receive([version], CLERK, NOW))[0].outcome
        for version in (
            intake(one, source_version=2),
            intake(one, source_version=2),
            intake(one, source_version=1, customer_name="Older"),
            intake(one, source_version=2, customer_name="Other"),
            intake(one, source_version=3, customer_name="Newer", source="other-app"),
            intake(one, source_version=3, customer_name="Newer"),
        )
    ]
    assert outcomes == ["created", "repeated", "ignored", "refused", "refused", "updated"]
    found = await orders.read(one)
    assert (found.customer_name, found.source_version, found.revision) == ("Newer", 3, 2)
    log = await orders.log(one)
    assert first_break(log) is None
    assert log[1].changes["customer_name"] == ("Aminah binti Ali", "Newer")


async def test_two_versions_in_one_batch_build_on_each_other(orders: OrderStore) -> None:
    one, other = key(), key()
    batch = [intake(one), intake(other), intake(one, source_version=2, unit_no="3-1")]
    received = await orders.receive(batch, CLERK, NOW)
    assert [each.outcome for each in received] == [Outcome.CREATED, Outcome.CREATED, Outcome.UPDATED]
    assert (await orders.read(one)).unit_no == "3-1"
    assert [event.seq for event in await orders.log(one)] == [1, 2]


async def test_the_same_new_orders_in_many_batches_at_once(orders: OrderStore) -> None:
    keys = [key() for _ in range(5)]
    batches = [[intake(each) for each in (keys if place % 2 else reversed(keys))] for place in range(10)]
    received = await asyncio.gather(*(orders.receive(batch, CLERK, NOW) for batch in batches))
    outcomes = [each.outcome for batch in received for each in batch]
    assert (outcomes.count(Outcome.CREATED), outcomes.count(Outcome.REPEATED)) == (5, 45)
    assert all([len(await orders.log(each)) == 1 for each in keys])


async def test_changes_at_once_lose_nothing(orders: OrderStore) -> None:
    (one,) = await stored(orders, intake(key()))
    await asyncio.gather(
        *(orders.change(one, OpenBlocker(action="open", reason=f"reason {n}", at=NOW), CLERK, NOW) for n in range(10))
    )
    found = await orders.read(one)
    assert {blocker.reason for blocker in found.blockers} == {f"reason {n}" for n in range(10)}
    assert found.revision == 11
    assert first_break(await orders.log(one)) is None
    with pytest.raises(StaleOrder):
        await orders.change(one, OpenBlocker(action="open", reason="late", at=NOW, revision=3), CLERK, NOW)


async def test_a_list_in_pages(orders: OrderStore) -> None:
    partner = f"P-{uuid4().hex[:8]}"
    keys = await stored(orders, *(intake(key(), partner_key=partner) for _ in range(5)))
    selection = OrderSelection(partner_key=partner, status=(S.DOCKETS_UPLOADED,), has_invoice=False)
    found: list[Order] = []
    while page := await orders.page(selection, OrderPosition.of(found[-1]) if found else None, 2):
        found += page
    assert [each.order_key for each in found] == sorted(keys, reverse=True)
    assert await orders.page(OrderSelection(partner_key=partner, is_blocked=True), None, 2) == []


async def test_twenty_claims_at_once_make_one_live_invoice(orders: OrderStore) -> None:
    keys = await stored(orders, intake(key()), intake(key()))
    # Single and batch mixed: each tenth names one order only.
    attempts = [claimed(orders, f"INV-{n}-{keys[0]}", *(keys[:1] if n % 10 == 0 else keys)) for n in range(20)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    won = [each for each in results if not isinstance(each, BaseException)]
    lost = [each for each in results if isinstance(each, NotReady)]
    assert len(won) + len(lost) == 20
    assert await live_claims(orders, keys[0]) == 1
    winners = {order.invoice_id for order in won[0]}
    assert (await orders.read(keys[0])).invoice_id in winners
    for refused in lost:
        codes = {each.code for found in refused.obstacles.values() for each in found}
        assert codes == {ObstacleCode.ON_LIVE_INVOICE}


async def test_a_refused_claim_changes_nothing_and_lists_every_order(orders: OrderStore) -> None:
    good, bad, worse = await stored(
        orders,
        intake(key()),
        intake(key(), materials_logged=False, splitter_port=None),
        intake(key(), completed_at=None),
    )
    with pytest.raises(NotReady) as refused:
        await claimed(orders, "INV-x", good, bad, worse)
    assert {name: {each.code for each in found} for name, found in refused.value.obstacles.items()} == {
        bad: {ObstacleCode.SPLITTER_PORT_MISSING, ObstacleCode.MATERIALS_NOT_LOGGED},
        worse: {ObstacleCode.COMPLETION_TIME_MISSING},
    }
    assert (await orders.read(good)).status is S.DOCKETS_UPLOADED
    assert await live_claims(orders, good) == 0
    with pytest.raises(OrderUnknown):
        await claimed(orders, "INV-x", good, "no-such-order")


async def test_a_claim_repeated_and_released(orders: OrderStore) -> None:
    (one,) = await stored(orders, intake(key()))
    invoice = f"INV-{one}"
    await claimed(orders, invoice, one)
    await claimed(orders, invoice, one)
    assert (await orders.read(one)).revision == 2
    for _ in range(2):
        async with orders.engine.begin() as connection:
            await order_claims.release(connection, invoice, CLERK, NOW, "taken out of the batch")
    found = await orders.read(one)
    assert (found.status, found.invoice_id, found.revision) == (S.READY_FOR_INVOICE, None, 3)
    await claimed(orders, f"{invoice}-2", one)
    await claimed(orders, f"{invoice}-2", one)
    assert await live_claims(orders, one) == 1


async def test_an_order_on_an_invoice_does_not_change(orders: OrderStore) -> None:
    (one,) = await stored(orders, intake(key()))
    await claimed(orders, f"INV-{one}", one)
    with pytest.raises(OrderRefused):
        await orders.change(one, OpenBlocker(action="open", reason="too late", at=NOW), CLERK, NOW)
    (later,) = await orders.receive([intake(one, source_version=2)], CLERK, NOW)
    assert later.outcome is Outcome.REFUSED


async def run(engine: AsyncEngine, name: str, given: OrdersCommand) -> OrdersChanged:
    activity = getattr(OrderActivities(engine), name)
    result = await ActivityEnvironment().run(activity, given)
    assert isinstance(result, OrdersChanged)
    return result


async def test_the_four_commands(orders: OrderStore, engine: AsyncEngine) -> None:
    keys = await stored(orders, intake(key()), intake(key()))
    invoice, second = f"INV-{keys[0]}", f"INV-{keys[0]}-2"
    await claimed(orders, invoice, *keys)
    first = await run(engine, "mark_invoiced", command(invoice, "1", *keys))
    assert (first.changed, first.unchanged) == (2, 0)
    assert await run(engine, "mark_invoiced", command(invoice, "1", *keys)) == first
    assert (await run(engine, "mark_invoiced", command(invoice, "1b", *keys))).unchanged == 2
    await run(engine, "mark_submitted", command(invoice, "2", *keys))
    assert (await orders.read(keys[0])).status is S.SUBMITTED_TO_PORTAL
    await run(engine, "return_to_ready", command(invoice, "3", *keys, rejected=True))
    again = await orders.read(keys[0])
    assert (again.status, again.invoice_id) == (S.READY_FOR_INVOICE, None)
    statuses = [event.status_after for event in await orders.log(keys[0])]
    assert statuses[-3:] == ["Rejected", "ReadyForInvoice", "ReadyForInvoice"]
    assert (await run(engine, "return_to_ready", command(invoice, "3b", *keys))).changed == 0
    await claimed(orders, second, *keys)
    for name in ("mark_invoiced", "mark_submitted", "mark_completed"):
        await run(engine, name, command(second, name, *keys))
    final = await orders.read(keys[1])
    assert (final.status, final.invoice_id) == (S.COMPLETED, second)
    assert first_break(await orders.log(keys[1])) is None


async def test_one_command_many_times_at_once(orders: OrderStore, engine: AsyncEngine) -> None:
    (one,) = await stored(orders, intake(key()))
    invoice = f"INV-{one}"
    await claimed(orders, invoice, one)
    receipts = await asyncio.gather(*(run(engine, "mark_invoiced", command(invoice, "1", one)) for _ in range(8)))
    assert len(set(receipts)) == 1
    assert (await orders.read(one)).revision == 3


async def test_orders_of_another_invoice_are_refused_by_name(orders: OrderStore, engine: AsyncEngine) -> None:
    mine, others = await stored(orders, intake(key()), intake(key()))
    await claimed(orders, "INV-mine", mine)
    await claimed(orders, f"INV-{others}", others)
    with pytest.raises(ApplicationError) as refused:
        await run(engine, "mark_invoiced", command("INV-mine", f"1-{mine}", mine, others))
    assert refused.value.type == Failure.ORDERS_REFUSED
    assert refused.value.non_retryable
    assert others in str(refused.value)
    assert (await orders.read(mine)).status is S.READY_FOR_INVOICE
