"""Reads matches, allocations and anomalies of bills, and writes what persons settle."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import RowMapping, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from activities.bills.allocation import LINES_OF
from api.bills.matching_schemas import AllocationQuery, MatchQuery, SettledKey, SettledQuery, Settlement, UnmatchedQuery
from api.settings.store import SettingsTransaction
from models.bills.allocation.rule import AllocationRule
from models.bills.allocation.tables import AllocationRun, CostAllocationRow
from models.bills.matching.tables import BillAnomalies, CloudResourceRow, SettledMatchRow
from models.settings.area import Area, SettingRefused

_RULES: Final = TypeAdapter(tuple[AllocationRule, ...])
_BILL: Final = text("SELECT version FROM vendor_bills WHERE id = :bill_id")
_STATE: Final = text("SELECT state FROM vendor_bill_versions WHERE bill_id = :bill_id AND version = :version")
_MATCHES: Final = text(
    """
    SELECT *, count(*) OVER () AS total FROM cost_matches
    WHERE bill_id = :bill_id AND version = :version AND (:outcome = '' OR outcome = :outcome)
    ORDER BY abs(amount) DESC, resource_key LIMIT :limit OFFSET :offset
    """
)
_UNMATCHED: Final = text(
    """
    WITH open AS (
        SELECT lower(bills.provider) AS provider, bills.currency, bills.period_start, matches.*
        FROM cost_matches AS matches
        JOIN vendor_bills AS bills ON bills.id = matches.bill_id AND bills.version = matches.version
        LEFT JOIN settled_matches AS settled ON settled.provider = lower(bills.provider)
            AND settled.resource_key = matches.resource_key
        WHERE matches.outcome = 'unmatched' AND bills.status <> 'voided'
            AND (settled.outcome IS NULL OR matches.reason = 'settled_not_valid')
            AND (:provider = '' OR lower(bills.provider) = :provider)
    ),
    summed AS (
        SELECT provider, resource_key, currency, count(*) AS bills, sum(line_count) AS line_count, sum(amount) AS amount
        FROM open GROUP BY provider, resource_key, currency
    ),
    keys AS (
        SELECT provider, resource_key, CAST(sum(bills) AS bigint) AS bills,
            CAST(sum(line_count) AS bigint) AS line_count, jsonb_object_agg(currency, CAST(amount AS text)) AS amounts,
            max(abs(amount)) AS largest
        FROM summed GROUP BY provider, resource_key
    ),
    newest AS (
        SELECT DISTINCT ON (provider, resource_key) provider, resource_key, bill_id AS newest_bill_id, kind, service,
            sample, reason, candidates
        FROM open ORDER BY provider, resource_key, period_start DESC, bill_id
    )
    SELECT *, count(*) OVER () AS total FROM keys JOIN newest USING (provider, resource_key)
    ORDER BY largest DESC, provider, resource_key LIMIT :limit OFFSET :offset
    """
)
_TO_MATCH: Final = text(
    """
    SELECT bills.id FROM cost_matches AS matches
    JOIN vendor_bills AS bills ON bills.id = matches.bill_id AND bills.version = matches.version
    WHERE matches.resource_key = :resource_key AND lower(bills.provider) = :provider AND bills.status <> 'voided'
        AND (matches.outcome, matches.resource) IS DISTINCT FROM (:outcome, :resource)
        AND NOT EXISTS (
            SELECT FROM claimed_worklogs WHERE worklog_id = 'cloud:' || bills.id AND worklog_id LIKE 'cloud:%'
        )
    ORDER BY bills.period_start DESC, bills.id LIMIT :limit
    """
)
_MOST_BILLS: Final = 100
_ALLOCATIONS: Final = text(
    """
    SELECT *, count(*) OVER () AS total FROM cost_allocations
    WHERE bill_id = :bill_id AND version = :version AND (:target_kind = '' OR target_kind = :target_kind)
        AND (:target_key = '' OR target_key = :target_key)
    ORDER BY number LIMIT :limit OFFSET :offset
    """
)
_TARGETS: Final = text(
    """
    SELECT target_kind, target_key, sum(amount) AS amount, CAST(sum(amount_minor) AS bigint) AS amount_minor,
        CASE WHEN target_kind = 'contract' THEN ARRAY(
            SELECT invoice_id FROM claimed_worklogs
            WHERE application_key = target_key AND worklog_id = 'cloud:' || CAST(:bill_id AS text)
        ) ELSE CAST(ARRAY[] AS text[]) END AS invoice_ids
    FROM cost_allocations WHERE bill_id = :bill_id AND version = :version
    GROUP BY target_kind, target_key ORDER BY target_kind, target_key
    """
)


class CostRepository:
    """Reads what is known about the costs of bills. A version of None is the newest."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def bill(self, bill_id: str) -> RowMapping | None:
        """Return the newest version of the bill; None if there is none."""
        return await self._one(_BILL, {"bill_id": bill_id})

    async def version(self, bill_id: str, version: int) -> dict[str, Any] | None:
        """Return the state of a version; None if there is none."""
        found = await self._one(_STATE, {"bill_id": bill_id, "version": version})
        return None if found is None else dict(found["state"])

    async def matches(self, bill_id: str, version: int, query: MatchQuery) -> tuple[list[dict[str, Any]], int]:
        """Return a page of the resource keys, the most expensive first, and their number."""
        outcome = query.outcome.value if query.outcome else ""
        given = {"bill_id": bill_id, "version": version, "outcome": outcome}
        return await self._page(_MATCHES, given, query)

    async def unmatched(self, query: UnmatchedQuery) -> tuple[list[dict[str, Any]], int]:
        """Return a page of the unmatched resource keys of all bills, and their number."""
        return await self._page(_UNMATCHED, {"provider": query.provider or ""}, query)

    async def run(self, bill_id: str, version: int) -> RowMapping | None:
        """Return by which rules the version is allocated; None if it is not."""
        columns = AllocationRun.__table__.c  # type: ignore[attr-defined]
        query = select(*columns).where(columns.bill_id == bill_id, columns.version == version)
        return await self._one(query, {})

    async def allocations(self, bill_id: str, version: int, query: AllocationQuery) -> tuple[list[dict[str, Any]], int]:
        """Return a page of the allocations, and their number."""
        given = {
            "bill_id": bill_id,
            "version": version,
            "target_kind": query.target_kind.value if query.target_kind else "",
            "target_key": query.target_key or "",
        }
        return await self._page(_ALLOCATIONS, given, query)

    async def targets(self, bill_id: str, version: int) -> list[dict[str, Any]]:
        """Return the sum of each target, with the live invoices that bill it."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_TARGETS, {"bill_id": bill_id, "version": version})
            return [dict(row._mapping) for row in rows]

    async def allocation(self, bill_id: str, version: int, number: int) -> RowMapping | None:
        columns = CostAllocationRow.__table__.c  # type: ignore[attr-defined]
        key = {"bill_id": bill_id, "version": version, "number": number}
        return await self._one(select(*columns).where(*(columns[name] == value for name, value in key.items())), {})

    async def lines(self, run: RowMapping, allocation: RowMapping, after: int, limit: int) -> list[dict[str, Any]]:
        """Return lines of the allocation after a position, found by the rules of the time."""
        given = {
            "bill_id": run["bill_id"],
            "version": run["version"],
            "rules": _RULES.dump_json(_RULES.validate_python(run["rules"])).decode(),
            "place": allocation["rule_position"],
            **{name: allocation[name] for name in ("service", "source", "target_kind", "target_key")},
            "after": after,
            "limit": limit,
        }
        async with self._engine.connect() as connection:
            return [dict(row._mapping) for row in await connection.execute(LINES_OF, given)]

    async def anomalies(self, bill_id: str, version: int) -> RowMapping | None:
        columns = BillAnomalies.__table__.c  # type: ignore[attr-defined]
        return await self._one(select(*columns).where(columns.bill_id == bill_id, columns.version == version), {})

    async def settled(self, query: SettledQuery) -> tuple[list[dict[str, Any]], int]:
        """Return a page of what persons settled, the newest first, and the number of all."""
        statement = text(
            "SELECT *, count(*) OVER () AS total FROM settled_matches WHERE :provider = '' OR provider = :provider "
            "ORDER BY settled_at DESC, provider, resource_key LIMIT :limit OFFSET :offset"
        )
        return await self._page(statement, {"provider": query.provider or ""}, query)

    async def _page(self, statement: Any, given: Mapping[str, Any], paging: Any) -> tuple[list[dict[str, Any]], int]:
        async with self._engine.connect() as connection:
            given = {**given, "limit": paging.per_page, "offset": paging.offset}
            rows = [dict(row._mapping) for row in await connection.execute(statement, given)]
        return rows, int(rows[0]["total"]) if rows else 0

    async def _one(self, statement: Any, given: Mapping[str, Any]) -> RowMapping | None:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, given)).mappings().one_or_none()


async def settle(transaction: SettingsTransaction, given: Settlement) -> dict[str, Any]:
    """Write what a person settled, and return it. Raise SettingRefused when the resource is not known."""
    connection = transaction.connection
    if given.resource is not None:
        known = select(col(CloudResourceRow.id)).where(col(CloudResourceRow.resource) == given.resource).limit(1)
        if await connection.scalar(known) is None:
            raise SettingRefused("resource", f"there is no cloud resource {given.resource}; add it first")
    before = await _settlement(connection, given)
    values = given.model_dump() | {"settled_by": transaction.by}
    row = insert(SettledMatchRow).values(values)
    changed = {name: row.excluded[name] for name in ("outcome", "resource", "note", "settled_by")}
    key = [col(SettledMatchRow.provider), col(SettledMatchRow.resource_key)]
    columns = SettledMatchRow.__table__.c  # type: ignore[attr-defined]
    written = row.on_conflict_do_update(index_elements=key, set_=changed | {"settled_at": text("now()")})
    stored = (await connection.execute(written.returning(*columns))).one()
    if before != given:
        await transaction.record(Area.SETTLED_MATCHES, _history_key(given), before, given)
    return dict(stored._mapping)


async def bills_to_match(connection: AsyncConnection, given: Settlement) -> list[str]:
    """Return the bills whose newest version has the key with another outcome, the newest period first."""
    parameters = given.model_dump(exclude={"note"}) | {"limit": _MOST_BILLS}
    return list(await connection.scalars(_TO_MATCH, parameters))


async def forget(transaction: SettingsTransaction, given: SettledKey) -> bool:
    """Remove what was settled, and return whether there was anything."""
    before = await _settlement(transaction.connection, given)
    if before is None:
        return False
    await transaction.connection.execute(delete(SettledMatchRow).where(*_is_for(given)))
    await transaction.record(Area.SETTLED_MATCHES, _history_key(given), before, None)
    return True


async def _settlement(connection: AsyncConnection, given: SettledKey) -> Settlement | None:
    names = tuple(Settlement.model_fields)
    columns = SettledMatchRow.__table__.c  # type: ignore[attr-defined]
    query = select(*(columns[name] for name in names)).where(*_is_for(given))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Settlement.model_validate(dict(row._mapping))


def _is_for(given: SettledKey) -> tuple[Any, Any]:
    return (
        col(SettledMatchRow.provider) == given.provider,
        col(SettledMatchRow.resource_key) == given.resource_key,
    )


def _history_key(given: SettledKey) -> str:
    return f"{given.provider} {given.resource_key}"[:200]
