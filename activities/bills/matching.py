"""The activity that matches the costs of a bill to resources and allocates them, by statements on all lines at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.bills.allocation import allocate_costs, is_resold, last_day
from activities.bills.cost_keys import KEYED
from models.bills.matching.match import CONFIDENCE, LEAST_CONFIDENCE, MOST_CANDIDATES, MatchReason, Outcome
from models.bills.matching.ports import MATCH_RESOURCES, BillVersion, Matched
from models.values.failure_codes import Failure

# A statement on a million lines takes longer than the statements of other activities may, and groups them in memory.
_LONG: Final = text("SELECT set_config('statement_timeout', '10min', true), set_config('work_mem', '64MB', true)")

# The lock keeps two matchings of a bill apart.
_BILL: Final = text(
    """
    SELECT bills.provider, bills.currency, bills.period_start, bills.period_end, versions.state
    FROM vendor_bills AS bills
    JOIN vendor_bill_versions AS versions ON versions.bill_id = bills.id AND versions.version = :version
    WHERE bills.id = :bill_id FOR NO KEY UPDATE OF bills
    """
)
_CLEAR: Final = text("DELETE FROM cost_matches WHERE bill_id = :bill_id AND version = :version")
_MATCH: Final = text(
    f"""
    WITH {KEYED},
    grouped AS (
        SELECT resource_key, min(kind) AS kind, min(known_id) AS known_id, min(known_name) AS known_name,
            min(known_size) AS known_size, min(service) AS service, min(left(description, 300)) AS sample,
            count(*) AS line_count, sum(billed_cost) AS amount
        FROM keyed GROUP BY resource_key
    ),
    resources AS (
        SELECT DISTINCT ON (resource) resource, provider_resource_id, lower(name) AS name, lower(size) AS size, tags,
            project, contract
        FROM cloud_resources
        WHERE active AND lower(provider) = lower(:provider) AND valid_from <= :last_day
            AND (valid_to IS NULL OR valid_to >= :first_day)
        ORDER BY resource, valid_from DESC
    ),
    candidates AS (
        SELECT grouped.resource_key, resources.resource, 'resource_id' AS reason
        FROM grouped JOIN resources ON resources.provider_resource_id = grouped.known_id
        UNION ALL
        SELECT grouped.resource_key, resources.resource,
            CASE WHEN resources.provider_resource_id <> grouped.known_id THEN 'name_other_id'
                WHEN resources.size = lower(grouped.known_size) THEN 'name_and_size'
                WHEN resources.size IS NULL OR grouped.known_size IS NULL THEN 'name'
                ELSE 'name_other_size' END
        FROM grouped JOIN resources ON resources.name = lower(grouped.known_name)
        WHERE resources.provider_resource_id IS DISTINCT FROM grouped.known_id OR grouped.known_id IS NULL
    ),
    rated AS (
        SELECT candidates.*, CAST(CAST(:confidence AS jsonb) ->> reason AS integer) AS confidence FROM candidates
    ),
    ranked AS (
        SELECT rated.*,
            row_number() OVER (PARTITION BY resource_key ORDER BY confidence DESC, resource) AS place,
            count(*) OVER (PARTITION BY resource_key, confidence) AS equals
        FROM rated
    ),
    listed AS (
        SELECT resource_key, jsonb_agg(
            jsonb_build_object('resource', resource, 'confidence', confidence, 'reason', reason) ORDER BY place
        ) AS candidates FROM ranked WHERE place <= :most_candidates GROUP BY resource_key
    ),
    decided AS (
        SELECT grouped.*, listed.candidates,
            CASE WHEN settled.outcome = 'matched' AND of_person.resource IS NULL THEN 'unmatched'
                WHEN settled.outcome IS NOT NULL THEN settled.outcome
                WHEN best.equals = 1 AND best.confidence >= :least_confidence THEN 'matched'
                ELSE 'unmatched' END AS outcome,
            CASE WHEN settled.outcome = 'matched' AND of_person.resource IS NULL THEN 'settled_not_valid'
                WHEN settled.outcome IS NOT NULL THEN 'settled'
                WHEN best.equals > 1 THEN 'ambiguous'
                ELSE coalesce(best.reason, 'not_known') END AS reason,
            CASE WHEN settled.outcome IS NOT NULL THEN of_person.resource
                WHEN best.equals = 1 AND best.confidence >= :least_confidence THEN best.resource END AS resource
        FROM grouped
        LEFT JOIN listed ON listed.resource_key = grouped.resource_key
        LEFT JOIN ranked AS best ON best.resource_key = grouped.resource_key AND best.place = 1
        LEFT JOIN settled_matches AS settled
            ON settled.provider = lower(:provider) AND settled.resource_key = grouped.resource_key
        LEFT JOIN resources AS of_person ON of_person.resource = settled.resource
    )
    INSERT INTO cost_matches (
        bill_id, version, resource_key, kind, provider_resource_id, name, size, service, sample, line_count, amount,
        outcome, resource, confidence, reason, candidates, resource_contract, resource_project, resource_tags
    )
    SELECT :bill_id, :version, decided.resource_key, decided.kind, decided.known_id, decided.known_name,
        decided.known_size, decided.service, decided.sample, decided.line_count, decided.amount, decided.outcome,
        decided.resource, coalesce(CAST(CAST(:confidence AS jsonb) ->> decided.reason AS integer), 0), decided.reason,
        CASE WHEN decided.outcome = 'unmatched' THEN coalesce(decided.candidates, '[]') ELSE '[]' END,
        resources.contract, resources.project, coalesce(resources.tags, '{{}}')
    FROM decided LEFT JOIN resources ON resources.resource = decided.resource
    """  # noqa: S608 (no input)
)
_COUNTS: Final = text(
    """
    SELECT outcome, count(*) AS number FROM cost_matches WHERE bill_id = :bill_id AND version = :version
    GROUP BY outcome
    """
)
_ALLOCATIONS: Final = text("SELECT count(*) FROM cost_allocations WHERE bill_id = :bill_id AND version = :version")


class BillVersionUnknown(Exception):
    """There is no such version of the bill."""

    def __init__(self, version: BillVersion) -> None:
        super().__init__(f"There is no version {version.version} of the bill {version.bill_id}.")


@dataclass(frozen=True)
class BillMatcher:
    """Matches and allocates the costs of one version of a bill. What is computed again replaces what was there."""

    engine: AsyncEngine

    async def match(self, version: BillVersion) -> Matched:
        """Match and allocate; a cost that stands on a live invoice keeps its matches and allocations.

        Raises BillVersionUnknown.
        """
        async with self.engine.begin() as connection:
            await connection.execute(_LONG)
            bill = (await connection.execute(_BILL, version.model_dump())).one_or_none()
            if bill is None:
                raise BillVersionUnknown(version)
            kept = await is_resold(connection, version)
            if not kept:
                await _match(connection, version, bill)
                await allocate_costs(connection, version, bill)
            return await _counted(connection, version, kept=kept)


@dataclass(frozen=True)
class Matching:
    """The activity of matching."""

    matcher: BillMatcher

    @activity.defn(name=MATCH_RESOURCES.name)
    async def match_resources(self, version: BillVersion) -> Matched:
        """Match and allocate the costs of the version; a repetition gives the same result."""
        try:
            return await self.matcher.match(version)
        except BillVersionUnknown as error:
            raise ApplicationError(str(error), type=Failure.BILL_UNKNOWN, non_retryable=True) from error


async def _match(connection: AsyncConnection, version: BillVersion, bill: Any) -> None:
    await connection.execute(_CLEAR, version.model_dump())
    await connection.execute(
        _MATCH,
        {
            **version.model_dump(),
            "provider": bill.provider,
            "first_day": bill.period_start,
            "last_day": last_day(bill.period_start, bill.period_end),
            "confidence": _confidence(),
            "least_confidence": LEAST_CONFIDENCE,
            "most_candidates": MOST_CANDIDATES,
        },
    )


def _confidence() -> str:
    """Return the confidences as JSON, for the statement."""
    pairs: Mapping[MatchReason, int] = CONFIDENCE
    return "{" + ", ".join(f'"{reason}": {percent}' for reason, percent in pairs.items()) + "}"


async def _counted(connection: AsyncConnection, version: BillVersion, *, kept: bool) -> Matched:
    counts: dict[str, int] = {
        row.outcome: int(row.number) for row in await connection.execute(_COUNTS, version.model_dump())
    }
    allocations = int(await connection.scalar(_ALLOCATIONS, version.model_dump()) or 0)
    return Matched(
        **{outcome.value: counts.get(outcome.value, 0) for outcome in Outcome}, allocations=allocations, kept=kept
    )
