"""The activities of the sweep of orders: batches whose month is over, and orders that were imported as ready."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio import activity

from activities.partners.batch_store import BatchStore
from activities.partners.order_rows import order_of
from activities.partners.partner_reader import PartnerReader
from models.billing.partner_draft import obstacles_to_invoice
from models.billing.ready_orders import (
    CLOSE_BATCH,
    FIND_DUE_BATCHES,
    MOST_BATCHES,
    MOST_LISTED,
    ORDERS_AT_ONCE,
    PLACE_READY_ORDERS,
    BatchToClose,
    ClosedBatch,
    DueBatches,
    OrderRefusal,
    OrdersToDraft,
    ReadyOrders,
    ReadyPage,
    SweepAt,
)
from models.contracts.terms import TermsMissing
from models.invoice.tables import InvoiceRow
from models.partners.batches.tables import BatchRow
from models.partners.orders.errors import NotReady
from models.partners.orders.order import Order
from models.partners.orders.status import OrderStatus
from models.partners.orders.tables import OrderClaim, OrderRow
from models.partners.partner import PARTNER_ZONE
from models.partners.readiness import gate_rules
from models.partners.terms import PartnerMissing, PartnerTerms
from models.values.workflow_ids import invoice_id, orders_name, partner_invoice

# How long a workflow may take until its draft is saved, and how many invoices the same orders may have had.
LONGEST_OPENING = timedelta(hours=1)
MOST_ATTEMPTS = 50


class ReadyOrderActivities:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._batches = BatchStore(engine)
        self._partners = PartnerReader(engine)

    @activity.defn(name=FIND_DUE_BATCHES.name)
    async def due(self, sweep: SweepAt) -> DueBatches:
        """Return open batches of earlier months, and closed ones that hold orders and have no invoice."""
        month = sweep.at.astimezone(ZoneInfo(PARTNER_ZONE)).date().replace(day=1)
        holds_orders = exists().where(
            col(OrderClaim.invoice_id) == col(BatchRow.invoice_id), col(OrderClaim.released_at).is_(None)
        )
        is_forgotten = (
            col(BatchRow.closed_at).is_not(None)
            & holds_orders
            & ~exists().where(col(InvoiceRow.id) == col(BatchRow.invoice_id))
        )
        is_over = col(BatchRow.closed_at).is_(None) & (col(BatchRow.month) < month)
        query = select(col(BatchRow.key)).where(or_(is_over, is_forgotten)).order_by(col(BatchRow.key))
        async with self._engine.connect() as connection:
            return DueBatches(keys=tuple(await connection.scalars(query.limit(MOST_BATCHES))))

    @activity.defn(name=CLOSE_BATCH.name)
    async def close(self, closing: BatchToClose) -> ClosedBatch:
        """Close a batch and return it with its orders. A repetition returns the same."""
        batch, order_keys = await self._batches.close(closing.key, closing.by, closing.at)
        return ClosedBatch(
            key=batch.key,
            partner_key=batch.scope.partner_key,
            workflow_id=batch.workflow_id,
            order_keys=order_keys,
        )

    @activity.defn(name=PLACE_READY_ORDERS.name)
    async def place_ready(self, page: ReadyPage) -> ReadyOrders:
        """Put ready orders that never had an invoice into their batches, and return those that get one of their own.

        With the first page come the orders of invoices that were never saved, because their workflows ended before. An
        order that its partner rejected, or that was taken out of a batch, waits for a person.
        """
        to_draft: list[OrdersToDraft] = [] if page.after else await self._lost(page.at)
        refused: list[OrderRefusal] = []
        into_batches = 0
        terms: dict[str, PartnerTerms | str] = {}
        found = await self._forgotten(page.after)
        for order in found:
            of_partner = terms.get(order.partner_key) or await self._terms(order.partner_key)
            terms[order.partner_key] = of_partner
            if reasons := _reasons(order, of_partner):
                refused.append(OrderRefusal(order_key=order.order_key, message=" ".join(reasons)[:500]))
            elif isinstance(of_partner, PartnerTerms) and of_partner.partner.in_batches:
                into_batches += await self._into_batch(order, of_partner, page.at)
            else:
                to_draft.append(_alone(order))
        return ReadyOrders(
            to_draft=tuple(to_draft),
            into_batches=into_batches,
            refused=tuple(refused[:MOST_LISTED]),
            refused_count=len(refused),
            last=found[-1].order_key if len(found) == ORDERS_AT_ONCE else None,
        )

    async def _forgotten(self, after: str) -> Sequence[Order]:
        had_an_invoice = exists().where(col(OrderClaim.order_key) == col(OrderRow.order_key))
        conditions: tuple[ColumnElement[bool], ...] = (
            col(OrderRow.status) == OrderStatus.READY_FOR_INVOICE.value,
            col(OrderRow.invoice_id).is_(None),
            ~had_an_invoice,
            col(OrderRow.order_key) > after,
        )
        query = select(col(OrderRow.state)).where(*conditions).order_by(col(OrderRow.order_key)).limit(ORDERS_AT_ONCE)
        async with self._engine.connect() as connection:
            return [order_of(state) for state in await connection.scalars(query)]

    async def _lost(self, now: datetime) -> list[OrdersToDraft]:
        """Return the orders whose invoices should have been saved an hour ago and were not."""
        query = (
            select(col(OrderClaim.invoice_id), col(OrderRow.partner_key), col(OrderClaim.order_key))
            .join(OrderRow, col(OrderRow.order_key) == col(OrderClaim.order_key))
            .where(
                col(OrderClaim.released_at).is_(None),
                col(OrderClaim.claimed_at) < now - LONGEST_OPENING,
                ~exists().where(col(InvoiceRow.id) == col(OrderClaim.invoice_id)),
                ~exists().where(col(BatchRow.invoice_id) == col(OrderClaim.invoice_id)),
            )
            .order_by(col(OrderClaim.invoice_id), col(OrderClaim.order_key))
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        found = []
        for (lost_id, partner_key), claims in groupby(rows, key=lambda row: (row.invoice_id, row.partner_key)):
            order_keys = tuple(claim.order_key for claim in claims)
            ids = (partner_invoice(partner_key, orders_name(order_keys), attempt) for attempt in range(MOST_ATTEMPTS))
            workflow_id = next((each for each in ids if invoice_id(each) == lost_id), None)
            if workflow_id is not None:
                found.append(OrdersToDraft(partner_key=partner_key, order_keys=order_keys, workflow_id=workflow_id))
        return found

    async def _terms(self, partner_key: str) -> PartnerTerms | str:
        """Return the terms of the partner, or why there are none."""
        try:
            return await self._partners.terms(partner_key)
        except (PartnerMissing, TermsMissing) as error:
            return str(error)

    async def _into_batch(self, order: Order, terms: PartnerTerms, now: datetime) -> bool:
        """Put the order into its batch; False if it has changed meanwhile, for the next sweep to look at."""
        try:
            async with self._engine.begin() as connection:
                await self._batches.add(connection, order, gate_rules(terms.partner), terms.partner.zone, now)
        except NotReady:
            return False
        return True


def _alone(order: Order) -> OrdersToDraft:
    return OrdersToDraft(
        partner_key=order.partner_key,
        order_keys=(order.order_key,),
        workflow_id=partner_invoice(order.partner_key, order.order_key),
    )


def _reasons(order: Order, terms: PartnerTerms | str) -> list[str]:
    """Return why the order cannot be invoiced."""
    if isinstance(terms, str):
        return [terms]
    return [each.message for each in obstacles_to_invoice(terms, order)]
