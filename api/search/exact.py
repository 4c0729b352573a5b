"""The record whose number or id is exactly the text, found by the indexes of the numbers."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncEngine

from api.search.schemas import ExactHit, SearchKind
from models.bills.finance.tables import PayableRow
from models.bills.tables import VendorBillRow
from models.invoice.tables import InvoiceRow
from models.partners.orders.tables import OrderRow
from models.quotes.quote.tables import QuoteRow

_TABLES: Final = InvoiceRow.metadata.tables
# The id of each kind, and the columns that hold what people call it. Contracts are in ClickHouse and have keys alone.
_NUMBERS: Mapping[SearchKind, tuple[str, str, tuple[str, ...]]] = MappingProxyType(
    {
        SearchKind.INVOICE: (str(InvoiceRow.__tablename__), "id", ("number",)),
        SearchKind.ORDER: (str(OrderRow.__tablename__), "order_key", ("order_key",)),
        SearchKind.QUOTE: (str(QuoteRow.__tablename__), "id", ("number",)),
        SearchKind.BILL: (str(VendorBillRow.__tablename__), "id", ("number", "provider_invoice_id")),
        SearchKind.PAYABLE: (str(PayableRow.__tablename__), "id", ("external_number", "external_id")),
    }
)


async def exact_hit(engine: AsyncEngine, text: str, kinds: Collection[SearchKind]) -> ExactHit | None:
    """Return the only record of these kinds with this number; None if there is none, or if there are several."""
    parts = [_of_kind(kind, text) for kind in _NUMBERS if kind in kinds]
    if not parts:
        return None
    async with engine.connect() as connection:
        found = (await connection.execute(union_all(*parts))).all()
    return ExactHit(kind=SearchKind(found[0].kind), id=found[0].id) if len(found) == 1 else None


def _of_kind(kind: SearchKind, text: str) -> Select[Any]:
    """Return the query for two records at most; numbers are written in capitals, and may be typed without."""
    table_name, key, names = _NUMBERS[kind]
    table = _TABLES[table_name]
    same: list[ColumnElement[bool]] = [table.c[name].in_(sorted({text, text.upper()})) for name in names]
    found = select(literal(kind.value).label("kind"), table.c[key].label("id")).where(or_(*same)).limit(2).subquery()
    return select(found.c.kind, found.c.id)
