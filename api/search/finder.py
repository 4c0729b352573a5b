"""Searches all kinds of records by their own lists, one bounded query a kind, so that a figure is that of the list."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Final

from fastapi import Depends

from activities.partners.order_store import OrderStore
from api.bills.deps import Bills
from api.bills.filters import BillQuery
from api.bills.payables.deps import IssuerDay, PayableReads
from api.bills.payables.filters import PayableSelection
from api.bills.payables.repository import Payables
from api.bills.repository import BillRepository
from api.partners.orders.deps import OrderReads
from api.quotes.deps import QuotesDep
from api.quotes.filters import QuoteQuery
from api.quotes.quote_repository import QuoteRepository
from api.reads import Reads, ReadsDep
from api.registry.deps import RegistryDep
from api.registry.filters import InvoiceFilter, Selection
from api.registry.repository import Registry
from api.search.schemas import SearchAmount, SearchGroup, SearchHit, SearchKind
from models.access.roles import READING, Role
from models.bills.payable import amount_of
from models.contracts.ports import ContractSearch
from models.partners.orders.order import Order
from models.partners.orders.selection import OrderSelection
from models.values.currencies import Currency
from models.values.typed_amounts import amount_readings
from workflows.client.errors import RequestFailed

SHOWN: Final = 5
MOST: Final = 50  # records of a kind that are counted
MOST_INVOICES: Final = 1000
CONTRACT_SECONDS: Final = 4  # how long ClickHouse may take; everything else is in PostgreSQL
WITHOUT_CONTRACTS: Final = "ClickHouse does not answer, so contracts were not searched."

LEAST_ROLE: Mapping[SearchKind, Role] = MappingProxyType(dict.fromkeys(SearchKind, READING))


def readable(role: Role) -> list[SearchKind]:
    """Return the kinds that the role may read; only these are searched."""
    return [kind for kind in SearchKind if role.includes(LEAST_ROLE[kind])]


@dataclass(frozen=True)
class Finder:
    """Searches for a text that has a letter or a digit."""

    registry: Registry
    orders: OrderStore
    quotes: QuoteRepository
    bills: BillRepository
    payables: Payables
    reads: Reads
    today: date

    async def groups(self, text: str, kinds: Sequence[SearchKind]) -> list[SearchGroup]:
        """Return the groups of these kinds that have a match, or that could not be searched.

        PostgreSQL is asked kind by kind, so that a search holds one connection; ClickHouse is asked meanwhile.
        """
        contracts = asyncio.ensure_future(self._contracts(text)) if SearchKind.CONTRACT in kinds else None
        of_postgres = {
            SearchKind.INVOICE: self._invoices,
            SearchKind.ORDER: self._orders,
            SearchKind.QUOTE: self._quotes,
            SearchKind.BILL: self._bills,
            SearchKind.PAYABLE: self._payables,
        }
        try:
            found = {kind: await search(text) for kind, search in of_postgres.items() if kind in kinds}
        except BaseException:
            if contracts:
                contracts.cancel()
            raise
        if contracts:
            found[SearchKind.CONTRACT] = await contracts
        return [found[kind] for kind in SearchKind if kind in found and (found[kind].count or found[kind].problem)]

    async def amounts(self, text: str, kinds: Sequence[SearchKind]) -> list[SearchAmount]:
        """Return the amounts that the text can mean and that some invoice has."""
        found = []
        for amount in amount_readings(text) if SearchKind.INVOICE in kinds else ():
            exact = Selection.model_validate({"min_total": str(amount), "max_total": str(amount)})
            total = await self.registry.count(exact, MOST_INVOICES)
            if total.count:
                found.append(SearchAmount(amount=amount, invoices=total.count, count_is_exact=total.exact))
        return found

    async def _invoices(self, text: str) -> SearchGroup:
        listing = await self.registry.invoices(InvoiceFilter(q=text, per_page=SHOWN))
        hits = [
            SearchHit(
                id=row["id"],
                number=row["display_number"],
                name=row["company_name"],
                detail=row["application_name"],
                status=row["status"],
                amount=row["total_amount"],
                currency=row["currency"],
            )
            for row in listing.rows
        ]
        total = listing.total
        return SearchGroup(kind=SearchKind.INVOICE, count=total.count, count_is_exact=total.exact, hits=hits)

    async def _orders(self, text: str) -> SearchGroup:
        found = await self.orders.page(OrderSelection(q=text), None, MOST + 1)
        hits = [
            SearchHit(
                id=each.order_key,
                number=each.order_key,
                name=each.partner_key,
                detail=", ".join(filter(None, (each.service_id, each.building, _docket(each)))),
                status=each.status.value,
            )
            for each in found[:SHOWN]
        ]
        return _counted(SearchKind.ORDER, len(found), hits)

    async def _quotes(self, text: str) -> SearchGroup:
        found = await self.quotes.page(QuoteQuery(search=text, per_page=MOST))
        hits = [
            SearchHit(
                id=row["id"],
                number=row["number"],
                name=row["customer_name"],
                detail=row["title"],
                status=row["status"],
                amount=row["total_amount"],
                currency=row["currency"],
            )
            for row in found[:SHOWN]
        ]
        return _counted(SearchKind.QUOTE, len(found), hits)

    async def _bills(self, text: str) -> SearchGroup:
        found = await self.bills.page(BillQuery(search=text, per_page=MOST))
        hits = [
            SearchHit(
                id=row["id"],
                number=row["number"] or row["provider_invoice_id"],
                name=row["issuer"],
                detail=f"{row['provider']} · {row['account']}",
                status=row["status"],
                amount=amount_of(row["gross_minor"], Currency(row["currency"])),
                currency=row["currency"],
            )
            for row in found[:SHOWN]
        ]
        return _counted(SearchKind.BILL, len(found), hits)

    async def _payables(self, text: str) -> SearchGroup:
        found = await self.payables.page(PayableSelection(search=text), self.today, None, MOST + 1)
        hits = [
            SearchHit(
                id=each.id,
                number=each.external_number or each.external_id,
                name=each.vendor,
                detail=each.source,
                status=each.status.value,
                amount=amount_of(each.gross_minor, each.currency),
                currency=each.currency.value,
            )
            for each in found[:SHOWN]
        ]
        return _counted(SearchKind.PAYABLE, len(found), hits)

    async def _contracts(self, text: str) -> SearchGroup:
        try:
            async with asyncio.timeout(CONTRACT_SECONDS):
                found = await self.reads.clients(ContractSearch(search=text, per_page=SHOWN))
        except (RequestFailed, TimeoutError):
            return SearchGroup(
                kind=SearchKind.CONTRACT, count=0, count_is_exact=False, hits=[], problem=WITHOUT_CONTRACTS
            )
        hits = [
            SearchHit(
                id=each.contract.application_key,
                number=each.contract.application_key,
                name=each.customer.company_name if each.customer else each.contract.customer_key,
                detail=each.contract.application_name,
            )
            for each in found.items
        ]
        return SearchGroup(kind=SearchKind.CONTRACT, count=found.total, count_is_exact=True, hits=hits)


def _docket(order: Order) -> str | None:
    return order.docket.number if order.docket else None


def _counted(kind: SearchKind, found: int, hits: list[SearchHit]) -> SearchGroup:
    return SearchGroup(kind=kind, count=min(found, MOST), count_is_exact=found <= MOST, hits=hits)


async def _finder(
    registry: RegistryDep,
    orders: OrderReads,
    quotes: QuotesDep,
    bills: Bills,
    payables: PayableReads,
    reads: ReadsDep,
    today: IssuerDay,
) -> Finder:
    return Finder(registry, orders, quotes, bills, payables, reads, today)


FinderDep = Annotated[Finder, Depends(_finder)]
