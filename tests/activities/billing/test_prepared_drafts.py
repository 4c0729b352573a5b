"""A prepared draft is kept for some days; a repeated billing run replaces it and renews its time."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.prepared_drafts import RETENTION, PreparedDrafts
from tests.fixtures.invoices import contract, drafted, workdays


async def test_a_repeated_run_renews_its_drafts(engine: AsyncEngine) -> None:
    drafts, run = PreparedDrafts(engine), uuid4().hex
    old, new = drafted(contract(workdays(8))), drafted(contract(workdays(16)))
    await drafts.save(run, {"A": old, "B": old})
    await make_older(engine, run, RETENTION + timedelta(hours=1))
    await drafts.save(run, {"C": old})  # deletes the drafts that are too old
    assert await drafts.find(run, "A") is None
    await drafts.save(run, {"A": old, "B": old})
    await make_older(engine, run, RETENTION - timedelta(hours=1))
    await drafts.save(run, {"A": new})
    await make_older(engine, run, timedelta(hours=2))
    await drafts.save(uuid4().hex, {"A": old})
    assert await drafts.find(run, "A") == new
    assert await drafts.find(run, "B") is None


async def test_a_draft_can_be_fetched_again(engine: AsyncEngine) -> None:
    """The second attempt fetches it when the answer to the first was lost."""
    drafts, run, made = PreparedDrafts(engine), uuid4().hex, drafted(contract(workdays(8)))
    await drafts.save(run, {"A": made})
    assert [await drafts.find(run, "A"), await drafts.find(run, "A")] == [made, made]


async def make_older(engine: AsyncEngine, run: str, by: timedelta) -> None:
    async with engine.begin() as connection:
        statement = text("UPDATE prefilled_drafts SET created_at = created_at - :by WHERE run_id = :run")
        await connection.execute(statement, {"by": by, "run": run})
