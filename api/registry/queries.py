"""Queries for lists of invoices: how many match, and one page in an order.

Their cost must not grow with the number of invoices. Triggers keep the counts by status, kind, currency and flags;
other counts stop at a limit. The count also decides how a page is read (`PlanHint`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, RowMapping, Select, func, literal, not_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from api.registry.filters import Selection, Sort, SortedSelection
from api.registry.keyset import KEYS, IndexRange, Position, descends, index_ranges, order
from api.registry.schemas import LINK_FIELDS, InvoiceSummary
from models.invoice.tables import InvoiceRow, RegistryCount

COUNTED_UP_TO = 10_000
FEW = 1000
PROBED = 2000  # how many of the newest rows are examined to estimate how many rows match
DENSE = PROBED // 50  # so many matches among them mean that many rows match
WORDS_PROBED = 5

INVOICES = InvoiceRow.metadata.tables["invoices"]
COUNTS = RegistryCount.metadata.tables["registry_counts"]

# The filters for which triggers keep counts, in columns of the same names.
KEPT_FILTERS = frozenset({"status", "kind", "currency", "overdue", "held", "blocked"})
# The filters that always leave few rows.
_SELECTIVE_FILTERS = frozenset({"application_key", "customer_key"})

# Each of these columns has an index that begins with it and continues in the order of creation.
_LEADING = ("status", "currency", "kind")

# The fields in JSON whose columns have another name.
_RENAMED = {"display_number": "number", "company_name": "customer_name"}


class PlanHint(StrEnum):
    """How a page is read. PostgreSQL's own estimate is bad when few rows match or when words are searched for."""

    INDEX_SCAN = "index scan"  # read an index that has the rows in the wanted order, or leave the plan to PostgreSQL
    FILTER_THEN_SORT = "filter then sort"  # find all matching rows by the indexes of the filters, then sort them
    BOUNDED_SCAN = "bounded scan"  # filter the first `PROBED` rows of the order; if too few match, filter then sort


@dataclass(frozen=True)
class Total:
    """How many rows match; when `exact` is false, there are more than `count`. Also how to read a page of them."""

    count: int
    exact: bool = True
    plan: PlanHint = PlanHint.INDEX_SCAN
    common: frozenset[str] = frozenset()  # words that many invoices contain, so that an index on words does not help

    def at_least(self, rows: int) -> "Total":
        """Return the total, raised to the rows known to exist when it is not exact.

        A caller that reads pages until it has seen `total` rows must not stop too early.
        """
        return self if self.exact else replace(self, count=max(self.count, rows))


@dataclass(frozen=True)
class Listing:
    """One page of a list. `next` and `previous` are cursors, None at the ends of the list."""

    rows: Sequence[RowMapping]
    total: Total
    next: str | None
    previous: str | None


@dataclass(frozen=True)
class PageRequest:
    """Which page of a list to read. `conditions` are added to the filters; `common` is as in `Total`."""

    selection: SortedSelection
    per_page: int
    offset: int = 0
    position: Position | None = None
    conditions: tuple[ColumnElement[bool], ...] = ()
    common: frozenset[str] = frozenset()


async def page(connection: AsyncConnection, request: PageRequest, total: Total) -> Listing:
    """Return the page. `total` is the result of `count` for the same selection."""
    if total.exact and total.count == 0:
        return Listing([], total, None, None)
    request = replace(request, common=total.common)
    rows = (await connection.execute(_page_query(request, total.plan))).mappings().all()
    if total.plan is PlanHint.BOUNDED_SCAN and not _is_filled(rows, request.per_page):
        rows = (await connection.execute(_page_query(request, PlanHint.FILTER_THEN_SORT))).mappings().all()
    is_more, back = len(rows) > request.per_page, request.position is not None and request.position.back
    rows = rows[: request.per_page]
    if back:
        rows = rows[::-1]
    has_previous = is_more if back else bool(request.position or request.offset)
    has_next = back or is_more

    def cursor(row: RowMapping, *, back: bool) -> str:
        return Position.at(row, request.selection, back=back).cursor

    return Listing(
        rows=rows,
        total=total.at_least(request.offset + len(rows) + is_more),
        next=cursor(rows[-1], back=False) if rows and has_next else None,
        previous=cursor(rows[0], back=True) if rows and has_previous else None,
    )


def _is_filled(rows: Sequence[RowMapping], per_page: int) -> bool:
    """Return whether a bounded scan has found the whole page.

    A row of the second range shows that the first range has not filled the page. More rows of the first range may lie
    beyond the scanned ones, and they would come before.
    """
    return len(rows) > per_page and rows[-1]["range"] == 0


async def count(connection: AsyncConnection, selection: Selection, up_to: int = COUNTED_UP_TO) -> Total:
    """Return how many invoices match, counting no further than `up_to`, and how to read a page of them."""
    if selection.used <= KEPT_FILTERS:
        kept = select(func.coalesce(func.sum(COUNTS.c.invoices), 0)).where(*_kept_conditions(selection, COUNTS))
        found = int(await connection.scalar(kept) or 0)
        return Total(found, plan=PlanHint.FILTER_THEN_SORT if found <= FEW else PlanHint.INDEX_SCAN)
    common: frozenset[str] = frozenset()
    if not selection.used & _SELECTIVE_FILTERS:
        dense, common = await _probe(connection, selection)
        if dense and up_to == COUNTED_UP_TO:
            return Total(dense, exact=False, plan=PlanHint.BOUNDED_SCAN, common=common)
    matching = select(literal(1)).select_from(INVOICES).where(*conditions(selection, common=common)).limit(up_to + 1)
    found = int(await connection.scalar(select(func.count()).select_from(matching.subquery())) or 0)
    is_sorted = "q" in selection.used or found <= COUNTED_UP_TO
    return Total(
        min(found, up_to), found <= up_to, PlanHint.FILTER_THEN_SORT if is_sorted else PlanHint.INDEX_SCAN, common
    )


async def _probe(connection: AsyncConnection, selection: Selection) -> tuple[int, frozenset[str]]:
    """Return how many of the newest invoices match, or 0 when few do, and the searched words that many of them contain.

    When many match, counting the rest would take longer than reading the page.
    """
    newest = select(INVOICES).order_by(INVOICES.c.created_at.desc(), INVOICES.c.id.desc()).limit(PROBED).subquery()
    words = selection.words[:WORDS_PROBED]
    counted = [func.count().filter(*conditions(selection, newest))]
    counted += [func.count().filter(_has(word, newest)) for word in words]
    query = select(func.count(), *counted).select_from(newest)
    examined, found, *by_word = (await connection.execute(query)).one()
    common = frozenset(word for word, number in zip(words, by_word, strict=True) if number >= DENSE)
    if common.issuperset(selection.words):
        common = frozenset()  # there is no rarer word to search the index for, so it is used for all words
    return (found if examined == PROBED and found >= DENSE else 0), common


def conditions(
    selection: Selection, source: FromClause = INVOICES, common: frozenset[str] = frozenset()
) -> list[ColumnElement[bool]]:
    """Return the conditions of all filters, on the columns of `source`."""
    c = source.c
    found = _kept_conditions(selection, source)
    for key, given in ((c.application_key, selection.application_key), (c.customer_key, selection.customer_key)):
        found += [key == given] if given else []
    if selection.bounced is not None:
        found.append(_is_set(c.bounced, selection.bounced))
    if selection.past_deadline is not None:
        late = c.wait_deadline <= func.now()
        found.append(late if selection.past_deadline else late.is_not(True))
    if selection.has_credit is not None:
        found.append(c.credit_amount > 0 if selection.has_credit else c.credit_amount == 0)
    found += [c.period_start.between(*month) for month in selection.months]
    for column, least, most in (
        (c.invoice_date, selection.invoice_date_from, selection.invoice_date_to),
        (c.due_date, selection.due_date_from, selection.due_date_to),
        (c.total_amount, selection.min_total, selection.max_total),
    ):
        found += [column >= least] if least is not None else []
        found += [column <= most] if most is not None else []
    # With IS TRUE PostgreSQL does not use the index on words for a common word.
    found += [_has(word, source).is_(True) if word in common else _has(word, source) for word in selection.words]
    return found


def _has(word: str, source: FromClause) -> ColumnElement[bool]:
    return source.c.search.op("@@", is_comparison=True)(func.search_query(word))


def _kept_conditions(selection: Selection, source: FromClause) -> list[ColumnElement[bool]]:
    """Return the conditions of `KEPT_FILTERS`. `source` is the invoices or `registry_counts`."""
    found: list[ColumnElement[bool]] = []
    if selection.status:
        found.append(source.c.status.in_([status.value for status in selection.status]))
    codes = {"kind": selection.kind, "currency": selection.currency}
    flags = {"overdue": selection.overdue, "held": selection.held, "blocked": selection.blocked}
    found += [source.c[name] == code.value for name, code in codes.items() if code is not None]
    found += [_is_set(source.c[name], flag) for name, flag in flags.items() if flag is not None]
    return found


def _is_set(column: ColumnElement[bool], flag: bool) -> ColumnElement[bool]:
    """Return the condition that a flag, which is never NULL, has this value.

    PostgreSQL uses the partial indexes for `WHERE held`, but not for `WHERE held IS TRUE`.
    """
    return column if flag else not_(column)


def _page_query(request: PageRequest, plan: PlanHint) -> Select[Any]:
    """Return the query for one row more than the page has; the extra row shows that another page follows."""
    match plan:
        case PlanHint.FILTER_THEN_SORT:
            return _filter_then_sort(request)
        case PlanHint.INDEX_SCAN:
            return _limited(request, INVOICES, lambda index_range: _index_scans(request, index_range))
        case PlanHint.BOUNDED_SCAN:
            return _limited(request, INVOICES, lambda index_range: [_bounded_scan(request, index_range)])


def _filter_then_sort(request: PageRequest) -> Select[Any]:
    selection = request.selection
    keys = [INVOICES.c[name] for name in (*KEYS[selection.sort].columns, "id")]
    matching = select(*keys).where(*conditions(selection, common=request.common), *request.conditions)
    # Without MATERIALIZED PostgreSQL may scan a whole index in the expectation that the few rows come early.
    found = matching.cte("matching").prefix_with("MATERIALIZED")
    of_range = select(found).order_by(*order(found, selection, request.position))
    of_page = _limited(request, found, lambda index_range: [of_range.where(*index_range.conditions)]).subquery()
    rows = select(*_columns(INVOICES)).join_from(INVOICES, of_page, INVOICES.c.id == of_page.c.id)
    return rows.order_by(of_page.c.range, *order(INVOICES, selection, request.position))


def _index_scans(request: PageRequest, index_range: IndexRange) -> list[Select[Any]]:
    selection = request.selection
    rows = select(*_columns(INVOICES)).where(*index_range.conditions, *request.conditions)
    in_order = order(INVOICES, selection, request.position)
    if selection.sort is not Sort.CREATED_AT or not (leading := selection.used & set(_LEADING)):
        return [rows.where(*conditions(selection)).order_by(*in_order)]
    return [scan.order_by(*in_order) for scan in _scans_by_value(rows, request, min(leading, key=_LEADING.index))]


def _bounded_scan(request: PageRequest, index_range: IndexRange) -> Select[Any]:
    selection, position = request.selection, request.position
    in_order = order(INVOICES, selection, position)
    first = select(INVOICES).where(*index_range.conditions, *request.conditions).order_by(*in_order).limit(PROBED)
    scanned = first.subquery()
    found = select(*_columns(scanned)).where(*conditions(selection, scanned))
    return found.order_by(*order(scanned, selection, position))


def _limited(request: PageRequest, source: FromClause, read: Callable[[IndexRange], list[Select[Any]]]) -> Select[Any]:
    """Return the page from the ordered parts that `read` makes for each index range, with the number of the range."""
    selection, position, limit = request.selection, request.position, request.per_page + 1
    parts = [
        part.add_columns(literal(n).label("range"))
        for n, index_range in enumerate(index_ranges(source, selection, position))
        for part in read(index_range)
    ]
    if len(parts) == 1:
        return parts[0].limit(limit).offset(request.offset)
    together = union_all(*(part.limit(request.offset + limit) for part in parts)).subquery()
    rows = select(together).order_by(together.c.range, *order(together, selection, position))
    return rows.limit(limit).offset(request.offset)


def _scans_by_value(rows: Select[Any], request: PageRequest, name: str) -> list[Select[Any]]:
    """Return one scan for each value of the filter, through the part of an index that begins with the value.

    With `=` PostgreSQL might scan the index of all invoices, past any number of others. With a range it must use the
    index that begins with the column, to keep the order.
    """
    selection, position, c = request.selection, request.position, INVOICES.c
    given = getattr(selection, name)
    values = sorted({value.value for value in given} if isinstance(given, list) else {given.value})
    other_conditions = conditions(selection.model_copy(update={name: [] if isinstance(given, list) else None}))
    scans = []
    for value in values:
        of_value = (c[name].between(value, value),)
        index_range = IndexRange((c[name], c.created_at, c.id), descends(selection, position), of_value)
        if position is not None and position.values is not None:
            index_range = index_range.after((value, *position.values, position.id))
        first = c[name].desc() if index_range.descending else c[name].asc()
        scans.append(rows.where(*other_conditions, *index_range.conditions).order_by(first))
    return scans


def _columns(source: FromClause) -> list[ColumnElement[Any]]:
    """Return the columns that are shown, those that a cursor may need, and the key that links are made from."""
    return [*shown(source), source.c.archive_key, source.c.series, source.c.seq, source.c.customer_order]


def shown(source: FromClause) -> list[ColumnElement[Any]]:
    """Return the columns that are fields of a row in JSON, under their names there."""
    return [
        source.c[_RENAMED.get(name, name)].label(name)
        for name in InvoiceSummary.model_fields
        if name not in LINK_FIELDS
    ]
