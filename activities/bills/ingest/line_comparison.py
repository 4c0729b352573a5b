"""The comparison of the lines of two versions of a bill, by their keys and in PostgreSQL.

Lines that share a key are summed, so that the comparison does not depend on their order.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.bills.diff import MOST_LINES, LineChange, LineDiff

# Both versions are read once; of the changed lines those with the largest change come first.
_COMPARE: Final = text(
    """
    WITH sums AS (
        SELECT line_key, version, sum(billed_cost) AS cost, count(*) AS rows, sum(quantity) AS quantity,
            min(description) AS description, min(service_name) AS service_name, min(charge_category) AS category,
            min(resource_id) AS resource_id, min(project_name) AS project_name
        FROM vendor_bill_lines
        WHERE bill_id = :bill_id AND version IN (:before, :after)
        GROUP BY line_key, version
    ), changes AS (
        SELECT coalesce(old.line_key, new.line_key) AS line_key, old.cost AS before, new.cost AS after,
            coalesce(new.description, old.description) AS description,
            coalesce(new.service_name, old.service_name) AS service_name,
            CASE WHEN old.line_key IS NULL THEN 'added' WHEN new.line_key IS NULL THEN 'removed' ELSE 'changed' END
                AS change
        FROM (SELECT * FROM sums WHERE version = :before) AS old
        FULL JOIN (SELECT * FROM sums WHERE version = :after) AS new USING (line_key)
        WHERE old.line_key IS NULL OR new.line_key IS NULL
            OR (old.cost, old.rows, old.quantity, old.description, old.service_name, old.category, old.resource_id,
                old.project_name)
            IS DISTINCT FROM (new.cost, new.rows, new.quantity, new.description, new.service_name, new.category,
                new.resource_id, new.project_name)
    )
    SELECT *, count(*) FILTER (WHERE change = 'added') OVER () AS added,
        count(*) FILTER (WHERE change = 'removed') OVER () AS removed,
        count(*) FILTER (WHERE change = 'changed') OVER () AS changed
    FROM changes ORDER BY abs(coalesce(after, 0) - coalesce(before, 0)) DESC, line_key LIMIT :most
    """
)


async def compared(
    connection: AsyncConnection, bill_id: str, before: int, after: int
) -> tuple[dict[LineChange, int], tuple[LineDiff, ...]]:
    """Return how many lines were added, removed and changed, and the lines with the largest changes."""
    given = {"bill_id": bill_id, "before": before, "after": after, "most": MOST_LINES}
    rows = (await connection.execute(_COMPARE, given)).mappings().all()
    counts = {change: int(rows[0][change.value]) if rows else 0 for change in LineChange}
    return counts, tuple(LineDiff.model_validate(dict(row)) for row in rows)
