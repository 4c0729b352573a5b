"""The invoices before and after one in a list: in every order, with filters, at the ends, and when it left the list."""

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.http.callers import Caller, data_of, error_of
from tests.http.registry.registry_rows import INVOICES, Row, ids, in_order


async def beside(caller: Caller, invoice_id: str, **query: str) -> tuple[str | None, str | None]:
    data = data_of(await caller.get(f"/invoices/{invoice_id}/neighbours", params=query))
    return data["previous"], data["next"]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", ["created_at", "due_date", "number", "customer_name", "total_amount", "invoice_date"])
async def test_each_invoice_leads_to_the_ones_beside_it(
    registry_viewer: Caller, all_rows: list[Row], sort: str, order: str
) -> None:
    listed = ids(in_order(all_rows, sort, order))
    for place in (0, 1, 40, len(listed) // 2, len(listed) - 2, len(listed) - 1):
        before = listed[place - 1] if place else None
        after = listed[place + 1] if place + 1 < len(listed) else None
        assert await beside(registry_viewer, listed[place], sort=sort, order=order) == (before, after), place


async def test_filters_leave_out_the_others(registry_viewer: Caller, all_rows: list[Row]) -> None:
    listed = ids(in_order([row for row in all_rows if row["currency"] == "EUR"]))
    assert await beside(registry_viewer, listed[2], currency="EUR") == (listed[1], listed[3])


async def test_an_invoice_that_left_the_list_still_has_its_place(
    registry_viewer: Caller, all_rows: list[Row], registry_engine: AsyncEngine
) -> None:
    listed = ids(in_order([row for row in all_rows if row["status"] == "needs_review"]))
    query = update(INVOICES).where(INVOICES.c.id == listed[1])
    async with registry_engine.begin() as connection:
        await connection.execute(query.values(status="approved"))
    try:
        assert await beside(registry_viewer, listed[1], status="needs_review") == (listed[0], listed[2])
    finally:
        async with registry_engine.begin() as connection:
            await connection.execute(query.values(status="needs_review"))


async def test_an_unknown_invoice_and_a_bad_filter(registry_viewer: Caller, all_rows: list[Row]) -> None:
    error_of(await registry_viewer.get("/invoices/none/neighbours"), 404, "NOT_FOUND")
    answer = await registry_viewer.get(f"/invoices/{all_rows[0]['id']}/neighbours?min_total=2&max_total=1")
    error_of(answer, 400, "VALIDATION_ERROR")
