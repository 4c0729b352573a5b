"""Reads the payments of all invoices from the audit trail, the newest day first.

The event of a payment says its day, amount and reference. Whether it was taken back follows from a later event of the
same invoice. What part of it is surplus, and its bank slip, stand in the state of the invoice.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Numeric,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accounting.payment_filters import PaymentFilter, PaymentPosition, PaymentSelection
from api.accounting.payment_schemas import ListedPayment, PaymentTotal, Reversal
from models.invoice.tables import InvoiceEvent, InvoiceRow

SUMMED_UP_TO: Final = 10_000
BATCH: Final = 1000

INVOICES = InvoiceRow.metadata.tables["invoices"]
EVENTS = InvoiceEvent.metadata.tables["invoice_events"]
# These expressions are written as in the indexes of migration 0033; with parameters PostgreSQL would not use them.
IS_PAYMENT: ColumnElement[bool] = literal_column("invoice_events.action = 'record_payment'")
PAID_ON: ColumnElement[str] = literal_column("(invoice_events.event -> 'details' ->> 'paid_on')", String)
AMOUNT: ColumnElement[Any] = literal_column("((invoice_events.event -> 'details' ->> 'amount')::numeric)", Numeric)
PAYMENT_ID: ColumnElement[str] = literal_column("(invoice_events.event -> 'details' ->> 'payment_id')", String)
REFERENCE: ColumnElement[str] = literal_column("(invoice_events.event -> 'details' ->> 'reference')", String)
WORDS: ColumnElement[Any] = literal_column("payment_words(invoice_events.event)")

_LATER = EVENTS.alias("later")
_REVERSAL = (
    select(_LATER.c.by, _LATER.c.at, _LATER.c.reason)
    .where(
        _LATER.c.invoice_id == EVENTS.c.invoice_id,
        literal_column("later.action = 'reverse_payment'"),
        literal_column("(later.event -> 'details' ->> 'payment_id')", String) == PAYMENT_ID,
    )
    .limit(1)
    .lateral("reversal")
)
_STATED = func.jsonb_path_query_first(
    INVOICES.c.state,
    literal_column("'$.payments[*] ? (@.payment_id == $id)'::jsonpath"),
    func.jsonb_build_object("id", PAYMENT_ID),
)


class PaymentReads:
    """The list of payments. `exports` has its own connections, so that slow downloads leave the others free."""

    def __init__(self, queries: AsyncEngine, exports: AsyncEngine) -> None:
        self._queries = queries
        self._exports = exports

    async def page(self, filters: PaymentFilter) -> tuple[list[ListedPayment], str | None]:
        """Return one page and the cursor of the next one. Raise Invalid when the cursor is not from this list."""
        query = _rows(filters, filters.position).limit(filters.per_page + 1)
        async with self._queries.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        shown = rows[: filters.per_page]
        last = shown[-1] if len(rows) > len(shown) else None
        following = filters.cursor_after(last["paid_on"], last["invoice_id"], last["seq"]) if last else None
        return [view(row) for row in shown], following

    async def totals(self, selection: PaymentSelection) -> list[PaymentTotal] | None:
        """Return the sums by currency of all payments that match; None when more match than are summed."""
        found = _matching(selection, None).with_only_columns(
            *(INVOICES.c.currency, AMOUNT.label("amount"), _REVERSAL.c.at.label("reversed_at"))
        )
        c = found.limit(SUMMED_UP_TO + 1).subquery().c
        counts = c.reversed_at.is_(None)
        query = select(
            *(c.currency, func.count().filter(counts).label("payments")),
            func.coalesce(func.sum(c.amount).filter(counts), 0).label("amount"),
            func.count().filter(~counts).label("reversed"),
        )
        async with self._queries.connect() as connection:
            rows = (await connection.execute(query.group_by(c.currency).order_by(c.currency))).mappings().all()
        if sum(row["payments"] + row["reversed"] for row in rows) > SUMMED_UP_TO:
            return None
        return [PaymentTotal.model_validate(dict(row)) for row in rows]

    async def stream(self, selection: PaymentSelection) -> AsyncGenerator[Sequence[Mapping[str, Any]]]:
        """Yield all payments that match in batches, as they are at one moment."""
        async with self._exports.connect() as connection:
            query = _rows(selection, None)
            async with connection.stream(query, execution_options={"yield_per": BATCH}) as found:
                async for batch in found.mappings().partitions():
                    yield [dict(row) for row in batch]


def view(row: Mapping[Any, Any]) -> ListedPayment:
    """Return the payment of a row."""
    reversal = None
    if row["reversed_at"] is not None:
        reversal = Reversal(by=row["reversed_by"], at=row["reversed_at"], reason=row["reversed_because"])
    return ListedPayment.model_validate({**row, "reversed": reversal})


def _rows(selection: PaymentSelection, position: PaymentPosition | None) -> Select[Any]:
    """Return the query for the payments after the position in their order."""
    c, i = EVENTS.c, INVOICES.c
    order = (PAID_ON.desc(), c.invoice_id.desc(), c.seq.desc())
    return (
        _matching(selection, position)
        .with_only_columns(
            *(c.invoice_id, c.seq, c.by.label("recorded_by"), c.at.label("recorded_at")),
            *(cast(PAID_ON, Date).label("paid_on"), AMOUNT.label("amount"), PAYMENT_ID.label("payment_id")),
            *(REFERENCE.label("reference"), i.currency, i.kind, i.status, i.number.label("display_number")),
            *(i.customer_key, i.customer_name.label("company_name"), i.balance),
            func.coalesce(cast(_STATED.op("->>")("surplus"), Numeric), 0).label("surplus"),
            _STATED.op("->>")("bank_slip").label("bank_slip"),
            *(_REVERSAL.c.by.label("reversed_by"), _REVERSAL.c.at.label("reversed_at")),
            _REVERSAL.c.reason.label("reversed_because"),
        )
        .order_by(*order)
    )


def _matching(selection: PaymentSelection, position: PaymentPosition | None) -> Select[Any]:
    payments = EVENTS.join(INVOICES, INVOICES.c.id == EVENTS.c.invoice_id).outerjoin(_REVERSAL, true())
    return select(EVENTS).select_from(payments).where(IS_PAYMENT, *_conditions(selection), *_after(position))


def _conditions(selection: PaymentSelection) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, least, most in (
        (PAID_ON, _text(selection.paid_from), _text(selection.paid_to)),
        (AMOUNT, selection.min_amount, selection.max_amount),
    ):
        found += [column >= least] if least is not None else []
        found += [column <= most] if most is not None else []
    for name in ("currency", "customer_key", "kind"):
        given = getattr(selection, name)
        found += [INVOICES.c[name] == str(given)] if given is not None else []
    if selection.reversed is not None:
        found.append(_REVERSAL.c.at.is_not(None) if selection.reversed else _REVERSAL.c.at.is_(None))
    if selection.q is not None:
        found.append(_has_words(selection.q))
    return found


def _text(day: Any) -> str | None:
    return None if day is None else day.isoformat()


def _has_words(words: str) -> ColumnElement[bool]:
    """Return the condition that the payment or its invoice has the words. Each of the two has an index."""
    wanted = func.search_query(words)
    key = select(EVENTS.c.invoice_id, EVENTS.c.seq).where(IS_PAYMENT)
    of_invoice = key.join(INVOICES, INVOICES.c.id == EVENTS.c.invoice_id)
    found = union(
        key.where(WORDS.op("@@", is_comparison=True)(wanted)),
        of_invoice.where(INVOICES.c.search.op("@@", is_comparison=True)(wanted)),
    )
    return tuple_(EVENTS.c.invoice_id, EVENTS.c.seq).in_(found)


def _after(position: PaymentPosition | None) -> list[ColumnElement[bool]]:
    if position is None:
        return []
    c = EVENTS.c
    last = tuple_(literal(position.paid_on.isoformat()), literal(position.invoice_id), literal(position.seq))
    return [and_(tuple_(PAID_ON, c.invoice_id, c.seq) < last)]
