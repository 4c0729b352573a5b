"""Reads which orders can be invoiced now, and what an invoice of some of them would say. Nothing is changed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, NamedTuple

from fastapi import Depends
from pydantic import Field

from activities.partners.order_store import OrderStore
from activities.partners.partner_reader import PartnerReader
from api.cursors import fingerprint
from api.deps import StateDep
from api.errors import NotFound
from api.partners.orders.filters import OrderCursor, cursor_after
from models.billing.order_readiness import DraftPreview, OrderReadiness, draft_preview, readiness, without_terms
from models.contracts.terms import TermsMissing
from models.partners.orders.fields import PartnerKey
from models.partners.orders.order import Order
from models.partners.orders.selection import AWAIT_INVOICE, OrderSelection, OrderSort
from models.partners.terms import PartnerMissing, PartnerTerms
from models.values.base_models import Strict
from models.values.typed_values import WholeParameter


class ReadinessQuery(Strict):
    """Whose orders are looked at, a page at a time."""

    partner_key: PartnerKey | None = None
    per_page: WholeParameter = Field(default=50, ge=1, le=100)
    cursor: Annotated[str, Field(min_length=1, max_length=500)] | None = None

    @property
    def selection(self) -> OrderSelection:
        return AWAIT_INVOICE.model_copy(update={"partner_key": self.partner_key})


class AwaitingPage(NamedTuple):
    """A page of orders that await their invoice, each with whether it can have one now."""

    rows: list[tuple[Order, OrderReadiness]]
    next_cursor: str | None


@dataclass(frozen=True)
class ReadinessReads:
    """Reads orders with the terms of their partners, each partner once."""

    orders: OrderStore
    partners: PartnerReader

    async def awaiting(self, query: ReadinessQuery, on: date) -> AwaitingPage:
        """Return a page of the orders that await their invoice, those near an invoice first."""
        of, sort = fingerprint(query), OrderSort.READY_FIRST
        cursor = OrderCursor.read(query.cursor, of)
        found = await self.orders.page(query.selection, cursor.position if cursor else None, query.per_page + 1, sort)
        shown = found[: query.per_page]
        following = cursor_after(of, shown[-1], sort) if len(found) > len(shown) else None
        return AwaitingPage(list(zip(shown, await self.of(shown, on), strict=True)), following)

    async def of(self, orders: Sequence[Order], on: date) -> list[OrderReadiness]:
        """Return whether each order can be invoiced on the day. Without terms of its partner it cannot."""
        terms = {key: await self._terms(key) for key in sorted({order.partner_key for order in orders})}
        return await asyncio.to_thread(_all, terms, orders, on)

    async def preview(self, partner_key: str, order_keys: Sequence[str], on: date, by: str) -> DraftPreview:
        """Return what the invoice of these orders would say. Raise NotFound without terms of the partner."""
        try:
            terms = await self.partners.terms(partner_key)
        except (PartnerMissing, TermsMissing) as error:
            raise NotFound(str(error)) from error
        found = await self.orders.read_all(order_keys)
        return await asyncio.to_thread(draft_preview, terms, order_keys, found, on, by)

    async def _terms(self, partner_key: str) -> PartnerTerms | str:
        """Return the terms of the partner, or why there are none."""
        try:
            return await self.partners.terms(partner_key)
        except (PartnerMissing, TermsMissing) as error:
            return str(error)


def _all(terms: Mapping[str, PartnerTerms | str], orders: Sequence[Order], on: date) -> list[OrderReadiness]:
    return [_one(terms[order.partner_key], order, on) for order in orders]


def _one(terms: PartnerTerms | str, order: Order, on: date) -> OrderReadiness:
    return without_terms(order, terms) if isinstance(terms, str) else readiness(terms, order, on)


async def readiness_reads(state: StateDep) -> ReadinessReads:
    return ReadinessReads(OrderStore(state.engines.queries), PartnerReader(state.engines.queries))


ReadinessDep = Annotated[ReadinessReads, Depends(readiness_reads)]
