"""Reads vendor bills, their lines and their files from PostgreSQL."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, Select, and_, case, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.database.neighbours import Beside, beside
from activities.database.word_search import found_first, has_words
from api.bills.filters import BillFilter, BillQuery, FileQuery, LineFilter, LineQuery
from api.bills.schemas import GroupBy
from models.bills.ports import WriteOutcome
from models.bills.tables import BillFileRow, BillHeadRow, BillLineRow, BillVersionRow, VendorBillRow
from models.values.period import Period

BATCH: Final = 2000
SHOWN_VERSIONS: Final = 20
SHOWN_HEADS: Final = 100
SHOWN_GROUPS: Final = 200

BILLS: Final = VendorBillRow.metadata.tables[VendorBillRow.__tablename__]
LINES: Final = BillLineRow.metadata.tables[BillLineRow.__tablename__]
FILES: Final = BillFileRow.metadata.tables[BillFileRow.__tablename__]
HEADS: Final = BillHeadRow.metadata.tables[BillHeadRow.__tablename__]
LINE_COLUMNS: Final = tuple(column for column in LINES.c if column.name not in ("bill_id", "version"))
GROUPS: Final = {
    GroupBy.SERVICE: LINES.c.service_name,
    GroupBy.PROJECT: LINES.c.project_name,
    GroupBy.CATEGORY: LINES.c.charge_category,
    GroupBy.RESOURCE: func.coalesce(LINES.c.resource_name, LINES.c.resource_id),
    GroupBy.REGION: LINES.c.region,
    GroupBy.ACCOUNT: func.coalesce(LINES.c.sub_account_name, LINES.c.sub_account_id),
}


class BillRepository:
    """The reads. `exports` has its own connections, so that slow downloads leave the others free."""

    def __init__(self, engine: AsyncEngine, exports: AsyncEngine) -> None:
        self._engine = engine
        self._exports = exports

    async def page(self, query: BillQuery) -> Sequence[RowMapping]:
        """Return the bills of a page and one more if there is one, the newest period first."""
        key = tuple_(BILLS.c.period_start, BILLS.c.id)
        wanted = select(BILLS).where(*bill_conditions(query))
        if position := query.position:
            wanted = wanted.where(key < tuple_(position.period_start, position.id))
        wanted = wanted.order_by(BILLS.c.period_start.desc(), BILLS.c.id.desc()).limit(query.per_page + 1)
        return await self._rows(wanted)

    async def beside(self, row: RowMapping, filters: BillFilter) -> Beside:
        """Return the ids of the bills before and after this one in the list, which it may have left."""
        rows = select(BILLS.c.id).where(*bill_conditions(filters))
        key = (BILLS.c.period_start, BILLS.c.id)
        async with self._engine.connect() as connection:
            return await beside(connection, rows, key, (row["period_start"], row["id"]), descending=True)

    async def bill(self, bill_id: str) -> RowMapping | None:
        """Return the row of a bill; None if there is none."""
        found = await self._rows(select(BILLS).where(BILLS.c.id == bill_id))
        return found[0] if found else None

    async def by_invoice(self, provider: str, provider_invoice_id: str) -> RowMapping | None:
        """Return the row of the bill with the vendor's id; None if there is none."""
        key = (BILLS.c.provider == provider, BILLS.c.provider_invoice_id == provider_invoice_id)
        found = await self._rows(select(BILLS).where(*key))
        return found[0] if found else None

    async def versions(self, bill_id: str) -> Sequence[RowMapping]:
        """Return the newest versions, the newest first."""
        row = BillVersionRow
        columns = (row.version, row.created_at, row.state, row.diff)
        query = select(*map(col, columns)).where(col(row.bill_id) == bill_id)
        return await self._rows(query.order_by(col(row.version).desc()).limit(SHOWN_VERSIONS))

    async def lines(self, bill_id: str, version: int, query: LineQuery) -> Sequence[RowMapping]:
        """Return the lines of a page and one more if there is one, in the order of the file."""
        wanted = select(*LINE_COLUMNS).where(*_line_conditions(bill_id, version, query))
        if position := query.position:
            wanted = wanted.where(LINES.c.position > position.line)
        return await self._rows(wanted.order_by(LINES.c.position).limit(query.per_page + 1))

    async def all_lines(self, bill_id: str, version: int, filters: LineFilter) -> AsyncGenerator[Sequence[RowMapping]]:
        """Yield all matching lines in batches, as they are at one moment."""
        query = select(*LINE_COLUMNS).where(*_line_conditions(bill_id, version, filters)).order_by(LINES.c.position)
        async with (
            self._exports.connect() as connection,
            connection.stream(query, execution_options={"yield_per": BATCH}) as found,
        ):
            async for batch in found.mappings().partitions():
                yield batch

    async def totals(self, bill_id: str, version: int, by: GroupBy) -> tuple[Sequence[RowMapping], RowMapping | None]:
        """Return the groups with the greatest costs, and the sums of the others if there are any."""
        name, cost = GROUPS[by].label("name"), LINES.c.billed_cost
        is_tax = LINES.c.charge_category == "Tax"
        groups = (
            select(
                name,
                func.coalesce(func.sum(cost).filter(~is_tax), 0).label("net"),
                func.coalesce(func.sum(cost).filter(is_tax), 0).label("tax"),
                func.sum(cost).label("gross"),
                func.count().label("line_count"),
            )
            .where(LINES.c.bill_id == bill_id, LINES.c.version == version)
            .group_by(name)
        ).cte("groups")
        rank = func.row_number().over(order_by=(func.abs(groups.c.gross).desc(), groups.c.name)).label("rank")
        ranked = select(groups, rank).cte("ranked")
        shown = select(ranked).where(ranked.c.rank <= SHOWN_GROUPS).order_by(ranked.c.rank)
        sums = [func.sum(ranked.c[each]).label(each) for each in ("net", "tax", "gross", "line_count")]
        rest = select(*sums).where(ranked.c.rank > SHOWN_GROUPS)
        async with self._exports.connect() as connection:
            found = (await connection.execute(shown)).mappings().all()
            others = (await connection.execute(rest)).mappings().one() if len(found) == SHOWN_GROUPS else None
        return found, others if others and others["line_count"] else None

    async def file(self, sha256: str) -> RowMapping | None:
        """Return the row of a file with the outcomes of its bills; None if it is not read."""
        found = await self._rows(_files(FILES.c.sha256 == sha256))
        return found[0] if found else None

    async def file_with_heads(self, sha256: str) -> tuple[RowMapping | None, Sequence[RowMapping]]:
        """Return the row of a file, or None, and its first bills, those that were refused first, at one moment."""
        refused_first = case((HEADS.c.outcome == WriteOutcome.REFUSED.value, 0), else_=1)
        heads = select(HEADS).where(HEADS.c.file_sha256 == sha256).order_by(refused_first, HEADS.c.bill_no)
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            row = (await connection.execute(_files(FILES.c.sha256 == sha256))).mappings().first()
            return row, (await connection.execute(heads.limit(SHOWN_HEADS))).mappings().all()

    async def files(self, query: FileQuery) -> Sequence[RowMapping]:
        """Return the files of a page and one more if there is one, the newest first."""
        conditions: list[ColumnElement[bool]] = []
        if query.only_refused:
            refused = select(HEADS.c.bill_no).where(
                HEADS.c.file_sha256 == FILES.c.sha256, HEADS.c.outcome == WriteOutcome.REFUSED.value
            )
            conditions.append(or_(FILES.c.refusal.is_not(None), refused.exists()))
        if position := query.position:
            key = tuple_(FILES.c.uploaded_at, FILES.c.sha256)
            conditions.append(key < tuple_(position.uploaded_at, position.sha256))
        wanted = _files(*conditions).order_by(FILES.c.uploaded_at.desc(), FILES.c.sha256.desc())
        return await self._rows(wanted.limit(query.per_page + 1))

    async def _rows(self, query: Any) -> Sequence[RowMapping]:
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).mappings().all()


def bill_conditions(query: BillFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a list of bills; a filter that is not set has none."""
    columns = BILLS.c
    equal = {
        columns.provider: query.provider,
        columns.account: query.account,
        columns.status: query.status,
        columns.push_state: query.push_state,
        columns.currency: query.currency,
        columns.adds_up: query.adds_up,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    if query.month is not None:
        month = Period.parse(query.month)
        found.append(and_(columns.period_start >= month.start, columns.period_start <= month.end))
    if query.search is not None:
        named = (columns.number, columns.issuer, columns.provider_invoice_id, columns.provider, columns.account)
        found.append(found_first(columns.id, has_words(func.bill_words(*named), query.search)))
    return found


def _files(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the query of files with the number of their bills by outcome."""
    outcome = func.coalesce(HEADS.c.outcome, "waiting")
    counted = (
        select(outcome.label("outcome"), func.count().label("bills"))
        .where(HEADS.c.file_sha256 == FILES.c.sha256)
        .group_by(outcome)
        .correlate(FILES)  # else the subquery would join all files and count the bills of all of them
    ).subquery()
    outcomes = select(func.jsonb_object_agg(counted.c.outcome, counted.c.bills)).scalar_subquery()
    return select(FILES, func.coalesce(outcomes, func.jsonb_build_object()).label("outcomes")).where(*conditions)


def _line_conditions(bill_id: str, version: int, filters: LineFilter) -> list[ColumnElement[bool]]:
    columns = LINES.c
    found: list[ColumnElement[bool]] = [columns.bill_id == bill_id, columns.version == version]
    if filters.category is not None:
        found.append(columns.charge_category == filters.category.value)
    if filters.service is not None:
        found.append(columns.service_name == filters.service)
    if filters.project is not None:
        found.append(columns.project_name == filters.project)
    if filters.resource is not None:
        found.append(or_(columns.resource_id == filters.resource, columns.resource_name == filters.resource))
    if filters.search is not None:
        found.append(columns.description.icontains(filters.search, autoescape=True))
    return found
