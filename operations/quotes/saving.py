"""The part of `aktum projection rebuild` that saves quotes whose workflows are ahead of PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.quotes import record
from activities.quotes.projection import QuoteProjection
from workflows.client import quote_restore, restore
from workflows.client.restore import Standing


async def save_ahead(client: Client, engine: AsyncEngine) -> tuple[list[str], list[str]]:
    """Save the quotes whose workflows are ahead of the record; return their workflow ids, and what was not saved."""
    open_ = await record.open_quotes(engine, datetime.now(UTC))
    ahead = [
        finding.recorded.workflow_id
        async for finding in restore.look_at_all(client, open_)
        if finding.standing is Standing.AHEAD
    ]
    unknown = await record.missing(engine, [each async for each in quote_restore.running(client)])
    saved, problems, writer = [], [], QuoteProjection(engine)
    for workflow_id in (*ahead, *unknown):
        newest = await quote_restore.state(client, workflow_id)
        if newest is None:
            problems.append(f"{workflow_id}: its workflow has no draft, or does not answer.")
            continue
        await writer.project(newest)
        saved.append(workflow_id)
    return saved, problems
