"""The filters of flags use the indexes that hold only the invoices with the flag, however many others there are."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.registry.filters import Selection
from api.registry.queries import INVOICES, conditions


@pytest.mark.parametrize(
    ("selection", "index"),
    [
        (Selection(overdue=True), "ix_invoices_overdue"),
        (Selection(held=True), "ix_invoices_held"),
        (Selection(blocked=True), "ix_invoices_blocked"),
        (Selection(bounced=True), "ix_invoices_bounced"),
        (Selection(has_credit=True), "ix_invoices_credit"),
        (Selection(past_deadline=True), "ix_invoices_wait_deadline"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_filter_of_a_flag_uses_its_partial_index(
    registry_engine: AsyncEngine, selection: Selection, index: str
) -> None:
    query = select(INVOICES.c.id).where(*conditions(selection))
    shown = query.compile(registry_engine.sync_engine, compile_kwargs={"literal_binds": True})
    async with registry_engine.connect() as connection:
        # The few rows of a test would be read without any index.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(await connection.scalars(text(f"EXPLAIN {shown}")))
    assert index in plan, plan
