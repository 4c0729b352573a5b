"""Allocates the matched costs of a bill by the rules, and finds the lines of an allocation again.

The rules go into the statements as JSON, as they were when the bill was allocated, so that a later change of a rule
does not change which lines an allocation has.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from activities.bills.cost_keys import KEYED
from models.bills.allocation.allocation import CostGroup, allocate
from models.bills.allocation.rule import AllocationRule, applying
from models.bills.allocation.tables import AllocationRuleRow, CostAllocationRow
from models.bills.bill import Bill
from models.bills.matching.ports import BillVersion
from models.invoice.content.basis import cloud_claim
from models.values.currencies import Currency

_RULES: Final = TypeAdapter(tuple[AllocationRule, ...])
_DAY: Final = timedelta(days=1)

# Each line with the place of the first rule that fits it, and without one with the target of its resource.
# Parameters: bill_id, version, rules.
ASSIGNED: Final = f"""
    {KEYED},
    rules AS MATERIALIZED (
        SELECT CAST(rule.place - 1 AS integer) AS place, given.*
        FROM jsonb_array_elements(CAST(:rules AS jsonb)) WITH ORDINALITY AS rule (body, place)
        CROSS JOIN LATERAL jsonb_to_record(rule.body) AS given (
            tag text, tag_value text, resource text, service text, project text
        )
    ),
    grouped AS (
        SELECT resource_key, service, project, tags, array_agg(position) AS positions, count(*) AS line_count,
            sum(billed_cost) AS amount
        FROM keyed GROUP BY resource_key, service, project, tags
    ),
    assigned AS (
        SELECT grouped.*, first_rule.place,
            CASE WHEN first_rule.place IS NULL THEN matches.resource_contract END AS contract,
            CASE WHEN first_rule.place IS NULL AND matches.resource_contract IS NULL
                THEN matches.resource_project END AS to_project
        FROM grouped
        LEFT JOIN cost_matches AS matches ON matches.bill_id = :bill_id AND matches.version = :version
            AND matches.resource_key = grouped.resource_key
        LEFT JOIN LATERAL (
            SELECT min(rules.place) AS place FROM rules
            WHERE (rules.resource IS NULL OR rules.resource = matches.resource)
                AND (rules.service IS NULL OR lower(rules.service) = lower(grouped.service))
                AND (rules.project IS NULL OR lower(rules.project) = lower(grouped.project))
                AND (rules.tag IS NULL
                    OR (rules.tag_value IS NULL AND (grouped.tags ? rules.tag OR matches.resource_tags ? rules.tag))
                    OR rules.tag_value IN (grouped.tags ->> rules.tag, matches.resource_tags ->> rules.tag))
        ) AS first_rule ON true
    )
"""  # noqa: S608 (no input)
_GROUPS: Final = text(
    f"""
    WITH {ASSIGNED}
    SELECT place AS rule_position, contract, to_project AS project, service, sum(amount) AS amount,
        CAST(sum(line_count) AS bigint) AS line_count
    FROM assigned GROUP BY 1, 2, 3, 4 ORDER BY 1 NULLS LAST, 2 NULLS LAST, 3 NULLS LAST, 4
    """  # noqa: S608 (no input)
)
LINES_OF: Final = text(
    f"""
    WITH {ASSIGNED},
    wanted AS (
        SELECT unnest(positions) AS position FROM assigned
        WHERE place IS NOT DISTINCT FROM CAST(:place AS integer) AND service = :service
            AND (:source <> 'resource' OR CASE WHEN :target_kind = 'contract' THEN contract = :target_key
                ELSE to_project = :target_key END)
            AND (:source <> 'none' OR (contract IS NULL AND to_project IS NULL))
    )
    SELECT lines.* FROM vendor_bill_lines AS lines JOIN wanted USING (position)
    WHERE lines.bill_id = :bill_id AND lines.version = :version AND position > :after ORDER BY position LIMIT :limit
    """  # noqa: S608 (no input)
)
_RESOLD: Final = text(
    """
    SELECT EXISTS (SELECT FROM claimed_worklogs WHERE worklog_id = :claim AND worklog_id LIKE 'cloud:%')
        AND EXISTS (SELECT FROM cost_allocation_runs WHERE bill_id = :bill_id AND version = :version)
    """
)
_CLEAR: Final = text("DELETE FROM cost_allocations WHERE bill_id = :bill_id AND version = :version")
_RUN: Final = text(
    """
    INSERT INTO cost_allocation_runs (bill_id, version, run, rules)
    VALUES (:bill_id, :version, 1, CAST(:rules AS jsonb))
    ON CONFLICT (bill_id, version) DO UPDATE
    SET run = cost_allocation_runs.run + 1, rules = excluded.rules, allocated_at = now()
    """
)


def last_day(period_start: date, period_end: date) -> date:
    """Return the last day of a bill's period, whose end is exclusive. It selects resources and rules."""
    return max(period_start, period_end - _DAY)


async def is_resold(connection: AsyncConnection, version: BillVersion) -> bool:
    """Return whether a live invoice bills some of the bill's cost and this version is allocated."""
    found = await connection.scalar(_RESOLD, {**version.model_dump(), "claim": cloud_claim(version.bill_id)})
    return bool(found)


async def allocate_costs(connection: AsyncConnection, version: BillVersion, bill: Any) -> None:
    """Replace the allocations of the version. `bill` is the row that the matcher has locked."""
    rules = applying(await _rules(connection), bill.provider, last_day(bill.period_start, bill.period_end))
    given = {**version.model_dump(), "rules": _RULES.dump_json(rules).decode()}
    groups = [CostGroup.model_validate(dict(row._mapping)) for row in await connection.execute(_GROUPS, given)]
    net_minor = Bill.model_validate(bill.state).totals.net_minor
    allocations = allocate(groups, rules, net_minor, Currency(bill.currency))
    await connection.execute(_CLEAR, version.model_dump())
    await connection.execute(_RUN, given)
    rows: Sequence[dict[str, Any]] = [
        {**version.model_dump(), "number": number, **each.model_dump(mode="json")}
        | {"amount": each.amount, "percent": each.percent}
        for number, each in enumerate(allocations, 1)
    ]
    if rows:
        await connection.execute(insert(CostAllocationRow), rows)


async def _rules(connection: AsyncConnection) -> list[AllocationRule]:
    columns = AllocationRuleRow.__table__.c  # type: ignore[attr-defined]
    rows = await connection.execute(select(*columns).where(col(AllocationRuleRow.active)))
    return [AllocationRule.model_validate({**row._mapping, "key": row.id}) for row in rows]
