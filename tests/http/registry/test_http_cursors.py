"""Cursors: no row is lost or repeated while invoices are added, and a foreign cursor is refused."""

import base64
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.http.callers import Caller, error_of
from tests.http.registry.registry_pages import page, turned
from tests.http.registry.registry_rows import Row, ids, row, store


@pytest.mark.parametrize("sort", ["created_at", "customer_name", "number"])
async def test_no_row_is_lost_or_repeated_while_invoices_are_added(
    registry_viewer: Caller, all_rows: list[Row], registry_engine: AsyncEngine, sort: str
) -> None:
    """Two rows are added between any two pages, at random places of the order. Each older row is read once."""
    dice = random.Random(sort)  # noqa: S311 (no secret)
    before = {r["id"] for r in all_rows}
    seen: list[str] = []
    come: list[Row] = []
    cursor = None
    try:
        while True:
            found = await page(registry_viewer, sort=sort, per_page=20, **({"cursor": cursor} if cursor else {}))
            seen += [r["id"] for r in found["data"]]
            if not (cursor := found["meta"]["next_cursor"]):
                break
            new = [row(10_000 + len(come) + n, dice) for n in range(2)]
            await store(registry_engine, new)
            come += new
    finally:
        async with registry_engine.begin() as connection:
            await connection.execute(text("DELETE FROM invoices WHERE id = ANY(:ids)"), {"ids": ids(come)})
    assert len(come) >= 28
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


@pytest.mark.usefixtures("all_rows")
async def test_a_cursor_of_another_list_is_refused(registry_viewer: Caller) -> None:
    cursor = (await page(registry_viewer, per_page=5))["meta"]["next_cursor"]
    for other in ({"status": "draft"}, {"sort": "number"}, {"order": "asc"}):
        response = await registry_viewer.get("/invoices", params={"cursor": cursor, **other})
        assert "another order" in error_of(response, 400, "VALIDATION_ERROR")["message"]
    text_ = base64.urlsafe_b64decode(cursor + "==").decode()
    for forged in (text_.replace('"2026', '"nonsense'), text_.replace('"id":"', '"id":"\\u0000')):
        made = base64.urlsafe_b64encode(forged.encode()).decode()
        error_of(await registry_viewer.get("/invoices", params={"cursor": made}), 400, "VALIDATION_ERROR")


async def test_a_cursor_keeps_microseconds(registry_viewer: Caller, registry_engine: AsyncEngine) -> None:
    """Three invoices of one customer are a microsecond apart."""
    dice = random.Random(1)  # noqa: S311 (no secret)
    moment = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    made = [
        row(20_000 + n, dice, customer_key="CUST-X", created_at=moment + timedelta(microseconds=n)) for n in range(3)
    ]
    await store(registry_engine, made)
    try:
        found = await turned(registry_viewer, customer_key="CUST-X", per_page=1)
    finally:
        async with registry_engine.begin() as connection:
            await connection.execute(text("DELETE FROM invoices WHERE customer_key = 'CUST-X'"))
    assert found == [[made[2]["id"]], [made[1]["id"]], [made[0]["id"]]]
