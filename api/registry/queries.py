"""Lists of invoices from PostgreSQL: which, how many, in what order, a page at a time or all of them in a stream.

What it costs must not grow with the number of invoices. Counts by status, kind, currency and flags are kept by
triggers; others are counted up to a limit. What is known of the number also decides how a page is read (`PlanHint`).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from api.registry.filters import Selection, Sort, SortedSelection
from api.registry.keyset import KEYS, IndexRange, Position, descends, order, stretches
from api.registry.schemas import InvoiceSummary
from models.invoice.tables import InvoiceRow, RegistryCount

COUNTED_UP_TO = 10_000
FEW = 1000
PROBED = 2000  # of the newest rows, to see whether many of them are wanted
DENSE = PROBED // 50
WORDS_PROBED = 5
BATCH = 1000

INVOICES = InvoiceRow.metadata.tables["invoices"]
COUNTS = RegistryCount.metadata.tables["registry_counts"]

# The filters whose counts are kept, with columns of the same names.
KEPT = frozenset({"status", "kind", "currency", "overdue", "held", "blocked"})
_FEW_ROWS_EACH = frozenset({"application_key", "customer_key"})

# In the order of creation, each has an index that begins with it.
_LEADING = ("status", "currency", "kind")

# The registry's columns that are called otherwise in JSON.
_RENAMED = {"display_number": "number", "company_name": "customer_name"}


class PlanHint(StrEnum):
    """How to get at a page. PostgreSQL's own guess is a bad one where few rows are wanted or words are looked for."""

    INDEX_SCAN = "walk"  # an index has the rows in the wanted order, or PostgreSQL knows better
    FILTER_THEN_SORT = "gather"  # all wanted rows by the indexes of the filters, then sort
    BOUNDED_SCAN = "look ahead"  # walk a stretch in which many rows are wanted; gather if that does not fill the page


@dataclass(frozen=True)
class Total:
    """Not exact: there are more."""

    count: int
    exact: bool = True
    way: PlanHint = PlanHint.INDEX_SCAN
    common: frozenset[str] = frozenset()  # words that many invoices have: an index would list them all

    def seen(self, rows: int) -> "Total":
        """Who turns pages while they have not seen `total` rows must not stop too early."""
        return self if self.exact else replace(self, count=max(self.count, rows))


@dataclass(frozen=True)
class Listing:
    rows: Sequence[RowMapping]
    total: Total
    next: str | None
    previous: str | None


@dataclass(frozen=True)
class Wanted:
    """A page of a list. `narrowed` is for what no filter of the selection says, `common` as in `Total`."""

    selection: SortedSelection
    per_page: int
    offset: int = 0
    position: Position | None = None
    narrowed: tuple[ColumnElement[bool], ...] = ()
    common: frozenset[str] = frozenset()


async def page(connection: AsyncConnection, wanted: Wanted, total: Total) -> Listing:
    wanted = replace(wanted, common=total.common)
    rows = (await connection.execute(_page_query(wanted, total.way))).mappings().all()
    if total.way is PlanHint.BOUNDED_SCAN and not _is_filled(rows, wanted.per_page):
        rows = (await connection.execute(_page_query(wanted, PlanHint.FILTER_THEN_SORT))).mappings().all()
    is_more, back = len(rows) > wanted.per_page, wanted.position is not None and wanted.position.back
    rows = rows[: wanted.per_page]
    if back:
        rows = rows[::-1]
    is_before = is_more if back else bool(wanted.position or wanted.offset)
    is_after = back or is_more

    def cursor(row: RowMapping, *, back: bool) -> str:
        return Position.at(row, wanted.selection, back=back).cursor

    return Listing(
        rows=rows,
        total=total.seen(wanted.offset + len(rows) + is_more),
        next=cursor(rows[-1], back=False) if rows and is_after else None,
        previous=cursor(rows[0], back=True) if rows and is_before else None,
    )


def _is_filled(rows: Sequence[RowMapping], per_page: int) -> bool:
    """Whether looking ahead has found the page. A row of the second stretch tells that the first did not fill it: more
    of the first may lie beyond what was looked at, and they come before."""
    return len(rows) > per_page and rows[-1]["stretch"] == 0


async def count(connection: AsyncConnection, selection: Selection, up_to: int = COUNTED_UP_TO) -> Total:
    if selection.used <= KEPT:
        kept = select(func.coalesce(func.sum(COUNTS.c.invoices), 0)).where(*_of_sort(selection, COUNTS))
        found = int(await connection.scalar(kept) or 0)
        return Total(found, way=PlanHint.FILTER_THEN_SORT if found <= FEW else PlanHint.INDEX_SCAN)
    common: frozenset[str] = frozenset()
    if not selection.used & _FEW_ROWS_EACH:
        dense, common = await _probe(connection, selection)
        if dense and up_to == COUNTED_UP_TO:
            return Total(dense, exact=False, way=PlanHint.BOUNDED_SCAN, common=common)
    some = select(literal(1)).select_from(INVOICES).where(*conditions(selection, common=common)).limit(up_to + 1)
    found = int(await connection.scalar(select(func.count()).select_from(some.subquery())) or 0)
    gathered = "q" in selection.used or found <= COUNTED_UP_TO
    return Total(
        min(found, up_to), found <= up_to, PlanHint.FILTER_THEN_SORT if gathered else PlanHint.INDEX_SCAN, common
    )


async def _probe(connection: AsyncConnection, selection: Selection) -> tuple[int, frozenset[str]]:
    """How many of the newest invoices are wanted, if many are; and which words they have in common.

    Where many are wanted, to find the rest would take longer than the page.
    """
    newest = select(INVOICES).order_by(INVOICES.c.created_at.desc(), INVOICES.c.id.desc()).limit(PROBED).subquery()
    words = selection.words[:WORDS_PROBED]
    counted = [func.count().filter(*conditions(selection, newest))]
    counted += [func.count().filter(_has(word, newest)) for word in words]
    query = select(func.count(), *counted).select_from(newest)
    looked_at, found, *of_words = (await connection.execute(query)).one()
    common = frozenset(word for word, had in zip(words, of_words, strict=True) if had >= DENSE)
    if common.issuperset(selection.words):
        common = frozenset()  # without a rare one to go by, the index must do for all
    return (found if looked_at == PROBED and found >= DENSE else 0), common


async def stream(connection: AsyncConnection, selection: SortedSelection) -> AsyncIterator[Sequence[RowMapping]]:
    """All of them, as they are at this moment, in batches that PostgreSQL makes as they are taken."""
    key = KEYS[selection.sort]
    last = [INVOICES.c[key.columns[0]].is_(None)] if key.may_be_empty else []
    in_order = order(INVOICES, selection, None)
    query = select(*_shown(INVOICES)).where(*conditions(selection)).order_by(*last, *in_order)
    async with connection.stream(query, execution_options={"yield_per": BATCH}) as found:
        async for batch in found.mappings().partitions():
            yield batch


def conditions(
    selection: Selection, source: FromClause = INVOICES, common: frozenset[str] = frozenset()
) -> list[ColumnElement[bool]]:
    c = source.c
    found = _of_sort(selection, source)
    if selection.application_key:
        found.append(c.application_key == selection.application_key)
    if selection.customer_key:
        found.append(c.customer_key == selection.customer_key)
    found += [c.period_start.between(*month) for month in selection.months]
    for column, least, most in (
        (c.invoice_date, selection.invoice_date_from, selection.invoice_date_to),
        (c.due_date, selection.due_date_from, selection.due_date_to),
        (c.total_amount, selection.min_total, selection.max_total),
    ):
        found += [column >= least] if least is not None else []
        found += [column <= most] if most is not None else []
    # IS TRUE keeps PostgreSQL from using the index.
    found += [_has(word, source).is_(True) if word in common else _has(word, source) for word in selection.words]
    return found


def _has(word: str, source: FromClause) -> ColumnElement[bool]:
    return source.c.search.op("@@", is_comparison=True)(func.search_query(word))


def _of_sort(selection: Selection, source: FromClause) -> list[ColumnElement[bool]]:
    """The filters whose counts are kept; `registry_counts` has columns of the same names."""
    found: list[ColumnElement[bool]] = []
    if selection.status:
        found.append(source.c.status.in_([status.value for status in selection.status]))
    codes = {"kind": selection.kind, "currency": selection.currency}
    flags = {"overdue": selection.overdue, "held": selection.held, "blocked": selection.blocked}
    found += [source.c[name] == code.value for name, code in codes.items() if code is not None]
    found += [source.c[name].is_(flag) for name, flag in flags.items() if flag is not None]
    return found


def _page_query(wanted: Wanted, way: PlanHint) -> Select[Any]:
    """One row more than the page has, which tells whether another page follows."""
    selection, position = wanted.selection, wanted.position
    in_order = order(INVOICES, selection, position)
    if way is PlanHint.FILTER_THEN_SORT:
        # Without MATERIALIZED PostgreSQL may walk a whole index in the hope that the few rows come early.
        keys = [INVOICES.c[name] for name in (*KEYS[selection.sort].columns, "id")]
        gathered = select(*keys).where(*conditions(selection, common=wanted.common), *wanted.narrowed)
        found = gathered.cte("gathered").prefix_with("MATERIALIZED")
        picked = _paged(wanted, found, lambda stretch: [select(found).where(*stretch.conditions)]).subquery()
        whole = select(*_columns(INVOICES)).join_from(INVOICES, picked, INVOICES.c.id == picked.c.id)
        return whole.order_by(picked.c.stretch, *in_order)

    def walk(stretch: IndexRange) -> list[Select[Any]]:
        everywhere = select(*_columns(INVOICES)).where(*stretch.conditions, *wanted.narrowed)
        if selection.sort is not Sort.CREATED_AT or not (leading := selection.used & set(_LEADING)):
            return [everywhere.where(*conditions(selection))]
        return _led_walks(everywhere, wanted, min(leading, key=_LEADING.index))

    def look_ahead(stretch: IndexRange) -> list[Select[Any]]:
        ahead = select(INVOICES).where(*stretch.conditions, *wanted.narrowed).order_by(*in_order).limit(PROBED)
        near = ahead.subquery()
        return [select(*_columns(near)).where(*conditions(selection, near))]

    return _paged(wanted, INVOICES, walk if way is PlanHint.INDEX_SCAN else look_ahead)


def _paged(wanted: Wanted, source: FromClause, read: Callable[[IndexRange], list[Select[Any]]]) -> Select[Any]:
    selection, position, limit = wanted.selection, wanted.position, wanted.per_page + 1
    parts = [
        part.add_columns(literal(n).label("stretch"))
        for n, stretch in enumerate(stretches(source, selection, position))
        for part in read(stretch)
    ]
    in_order = [part.order_by(*order(part.get_final_froms()[0], selection, position)) for part in parts]
    if len(in_order) == 1:
        return in_order[0].limit(limit).offset(wanted.offset)
    together = union_all(*(part.limit(wanted.offset + limit) for part in in_order)).subquery()
    whole = select(together).order_by(together.c.stretch, *order(together, selection, position))
    return whole.limit(limit).offset(wanted.offset)


def _led_walks(everywhere: Select[Any], wanted: Wanted, name: str) -> list[Select[Any]]:
    """Through the part of an index that begins with this value; several statuses are several walks.

    With `=` PostgreSQL would as soon walk the index of all invoices, past any number of others. With a range it must
    take the index that has the value in front to keep the order.
    """
    selection, position, c = wanted.selection, wanted.position, INVOICES.c
    given = getattr(selection, name)
    values = sorted({value.value for value in given} if isinstance(given, list) else {given.value})
    others = conditions(selection.model_copy(update={name: [] if isinstance(given, list) else None}))
    walks = []
    for value in values:
        led = IndexRange((c[name], c.created_at, c.id), descends(selection, position), (c[name].between(value, value),))
        if position is not None and position.values is not None:
            led = led.behind((value, *position.values, position.id))
        first = c[name].desc() if led.descending else c[name].asc()
        walks.append(everywhere.where(*others, *led.conditions).order_by(first))
    return walks


def _columns(source: FromClause) -> list[ColumnElement[Any]]:
    """What is shown, and what a cursor may need beside it."""
    return [*_shown(source), source.c.series, source.c.seq, source.c.customer_order]


def _shown(source: FromClause) -> list[ColumnElement[Any]]:
    return [source.c[_RENAMED.get(name, name)].label(name) for name in InvoiceSummary.model_fields]
