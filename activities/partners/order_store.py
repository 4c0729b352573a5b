"""The orders in PostgreSQL: reading, intake, changes by people, and the claims of invoices.

Every change locks the row of its order and appends to its log in the same transaction, so that of changes at once none
is lost (docs/specification/orders.md 3.5).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from activities.database.neighbours import Beside
from activities.partners import order_claims, order_lists, order_rows
from models.audit.hash_chain import Event
from models.partners.orders.attachment import Owner
from models.partners.orders.commands import AnyCommand, request_of
from models.partners.orders.errors import OrderInvalid, OrderUnknown
from models.partners.orders.intake import OrderIntake, Received, receive
from models.partners.orders.log import Actor, Change
from models.partners.orders.order import Order
from models.partners.orders.selection import STRETCHES, OrderPosition, OrderSelection, OrderSort, OrderTab
from models.partners.orders.tables import AttachmentRow, OrderEventRow, OrderRow
from models.partners.orders.transitions import apply
from models.partners.readiness import Obstacle, PartnerRules, obstacles

RulesReader = Callable[[AsyncConnection, str], Awaitable[PartnerRules]]


async def strictest_rules(_: AsyncConnection, __: str) -> PartnerRules:
    """Return the rules of a partner whose settings nobody has made: everything is required."""
    return PartnerRules()


@dataclass(frozen=True)
class OrderStore:
    """`rules` reads the settings of a partner in the transaction of the change."""

    engine: AsyncEngine
    rules: RulesReader = field(default=strictest_rules)

    async def read(self, order_key: str) -> Order:
        """Return the order. Raises OrderUnknown."""
        query = select(col(OrderRow.state)).where(col(OrderRow.order_key) == order_key)
        async with self.engine.connect() as connection:
            state = await connection.scalar(query)
        if state is None:
            raise OrderUnknown(order_key)
        return order_rows.order_of(state)

    async def log(self, order_key: str) -> tuple[Event, ...]:
        """Return the events of the order, the first one first."""
        query = select(col(OrderEventRow.event)).where(col(OrderEventRow.order_key) == order_key)
        async with self.engine.connect() as connection:
            events = await connection.scalars(query.order_by(col(OrderEventRow.seq)))
            return tuple(Event.model_validate(event) for event in events)

    async def page(
        self,
        selection: OrderSelection,
        after: OrderPosition | None,
        limit: int,
        sort: OrderSort = OrderSort.NEWEST,
    ) -> Sequence[Order]:
        """Return the orders after the position, stretch by stretch, in each the newest first."""
        found: list[Order] = []
        async with self.engine.connect() as connection:
            is_common = await order_lists.has_common_words(connection, selection)
            for stretch, statuses in enumerate(STRETCHES[sort]):
                if after is not None and stretch < after.stretch:
                    continue
                begin = after if after is not None and stretch == after.stretch else None
                query = order_lists.stretch(selection, statuses, begin, limit - len(found), is_common=is_common)
                found += [order_rows.order_of(state) for state in await connection.scalars(query)]
                if len(found) == limit:
                    break
        return found

    async def beside(self, order: Order, selection: OrderSelection, sort: OrderSort) -> Beside:
        """Return the ids of the orders before and after this one in the list, which it may have left."""
        place = selection.place_of(order, sort)
        async with self.engine.connect() as connection:
            before = await order_lists.next_to(connection, selection, sort, place, back=True)
            after = await order_lists.next_to(connection, selection, sort, place, back=False)
        return before, after

    async def counts(self, partner_key: str | None) -> dict[OrderTab, int]:
        """Return how many orders each view has, of one partner or of all."""
        async with self.engine.connect() as connection:
            return await order_lists.counts(connection, partner_key)

    async def read_all(self, order_keys: Sequence[str]) -> dict[str, Order]:
        """Return the orders of these keys that exist."""
        query = select(col(OrderRow.order_key), col(OrderRow.state)).where(col(OrderRow.order_key).in_(order_keys))
        async with self.engine.connect() as connection:
            return {row.order_key: order_rows.order_of(row.state) for row in await connection.execute(query)}

    async def receive(self, intakes: Sequence[OrderIntake], actor: Actor, now: datetime) -> list[Received]:
        """Store versions of orders in one transaction, and return what became of each, in the given order.

        Later versions of one order in the same batch build on the earlier ones.
        """
        async with self.engine.begin() as connection:
            return await receive_in(connection, intakes, actor, now)

    async def receive_all(
        self, intakes: Sequence[OrderIntake], actor: Actor, now: datetime, *, dry_run: bool
    ) -> list[Received]:
        """Store many versions in one transaction with a few statements for each thousand; a dry run changes nothing."""
        results: list[Received] = []
        async with self.engine.connect() as connection, connection.begin() as transaction:
            for start in range(0, len(intakes), order_rows.AT_ONCE):
                part = intakes[start : start + order_rows.AT_ONCE]
                results += await receive_in(connection, part, actor, now)
            if dry_run:
                await transaction.rollback()
        return results

    async def obstacles(self, order: Order) -> tuple[Obstacle, ...]:
        """Return what keeps the order from being invoiced, by the settings of its partner."""
        async with self.engine.connect() as connection:
            return obstacles(order, await self.rules(connection, order.partner_key))

    async def change(
        self, order_key: str, command: AnyCommand, actor: Actor, now: datetime, idempotency_key: str | None = None
    ) -> Order:
        """Apply a command to the locked order, and return the order after it. Raises what `check` raises.

        A repetition of the command with the same idempotency key changes nothing. Raises OrderRefused for another
        command with the key.
        """
        request = request_of(command, idempotency_key) if idempotency_key else None
        async with self.engine.begin() as connection:
            order = (await order_rows.locked(connection, [order_key])).get(order_key)
            if order is None:
                raise OrderUnknown(order_key)
            if request and await order_lists.was_executed(connection, order_key, request):
                return order
            await _check_attachments(connection, order_key, command)
            rules = await self.rules(connection, order.partner_key)
            change = apply(order, command, actor, now, rules, request)
            await order_rows.save(connection, [change])
            return change.order

    async def claim_for_invoice(
        self,
        connection: AsyncConnection,
        order_keys: Sequence[str],
        invoice_id: str,
        rules: PartnerRules,
        now: datetime,
        partner_key: str | None = None,
    ) -> tuple[Order, ...]:
        """Put the orders on the invoice in the caller's transaction; see `order_claims.claim`."""
        return await order_claims.claim(connection, order_keys, invoice_id, rules, now, partner_key)


async def receive_in(
    connection: AsyncConnection, intakes: Sequence[OrderIntake], actor: Actor, now: datetime
) -> list[Received]:
    """Store versions of orders in the caller's transaction."""
    known = await order_rows.locked(connection, [intake.order_key for intake in intakes])
    # A thousand versions take a third of a second, in which the API answers other requests.
    results, new, updated = await asyncio.to_thread(_received, known, intakes, actor, now)
    inserted = await order_rows.insert_new(connection, new)
    await order_rows.save(connection, updated)
    missed = {change.order.order_key for change in new} - inserted
    if missed:
        # Another request has inserted these orders meanwhile. It has committed, so they are found now.
        places = [place for place, intake in enumerate(intakes) if intake.order_key in missed]
        again = await receive_in(connection, [intakes[place] for place in places], actor, now)
        for place, result in zip(places, again, strict=True):
            results[place] = result
    return results


def _received(
    known: dict[str, Order], intakes: Sequence[OrderIntake], actor: Actor, now: datetime
) -> tuple[list[Received], list[Change], list[Change]]:
    """Return what becomes of each version, the new orders, and the changed ones; each order once."""
    results: list[Received] = []
    current: dict[str, Change] = {key: Change(order) for key, order in known.items()}
    for intake in intakes:
        before = current.get(intake.order_key)
        result = receive(before.order if before else None, intake, actor, now)
        results.append(result)
        if result.change is not None:
            events = (*(before.events if before else ()), *result.change.events)
            current[intake.order_key] = Change(result.change.order, events)
    new = [change for key, change in current.items() if key not in known]
    return results, new, [change for key, change in current.items() if key in known]


async def _check_attachments(connection: AsyncConnection, order_key: str, command: AnyCommand) -> None:
    """Raise OrderInvalid when the command names an attachment that the order does not have."""
    named = {name: getattr(command, name, None) for name in ("evidence", "standby_approval", "files")}
    for name, value in named.items():
        for attachment_id in (value,) if isinstance(value, str) else value or ():
            found = select(col(AttachmentRow.id)).where(
                col(AttachmentRow.id) == attachment_id,
                col(AttachmentRow.owner_kind) == Owner.ORDER.value,
                col(AttachmentRow.owner_key) == order_key,
            )
            if await connection.scalar(found) is None:
                raise OrderInvalid(name, f"{attachment_id} is no attachment of this order; upload the file first")
