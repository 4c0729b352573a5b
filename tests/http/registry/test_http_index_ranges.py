"""Invoices without a number or due date come last in both orders, and a bounded scan misses none of the others.

The lengths are a tenth of the real ones. A bounded scan reads only the first rows, which are all of another month.
"""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.registry import queries
from tests.http.callers import Caller
from tests.http.registry.registry_rows import Row, ids, in_order, row, store

DECEMBER, FEBRUARY = date(2025, 12, 1), date(2026, 2, 1)
PER_PAGE = 20


def made(n: int, month: date, created: datetime, *, numbered: bool) -> Row:
    dice = random.Random(n)  # noqa: S311 (no secret)
    day = month + timedelta(days=31)
    fields: dict[str, Any] = {"period_start": month, "period_end": month + timedelta(days=27), "invoice_date": day}
    if numbered:
        fields |= {"status": "approved", "number": f"ACT-{n}", "series": "ACT", "seq": n}
        fields["due_date"] = day + timedelta(days=45)
    else:
        fields |= {"status": "draft", "number": None, "series": None, "seq": None, "due_date": None}
    return row(n, dice, kind="service", milestone=None, created_at=created, awaits_money=False, overdue=False, **fields)


@pytest.fixture(scope="module")
async def of_february(registry_engine: AsyncEngine) -> list[Row]:
    """The invoices of February: 6 with a number and 250 drafts, after 300 with a number of December."""
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    old = [made(n, DECEMBER, begun + timedelta(seconds=n), numbered=True) for n in range(1, 301)]
    new = [made(n, FEBRUARY, begun + timedelta(days=40, seconds=n), numbered=n <= 306) for n in range(301, 557)]
    await store(registry_engine, old + new)
    return new


@pytest.fixture
def short_bounded_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PROBED", 200)
    monkeypatch.setattr(queries, "DENSE", 4)


async def page(viewer: Caller, **query: Any) -> dict[str, Any]:
    response = await viewer.get("/invoices", params={"period": "2026-02", "per_page": PER_PAGE} | query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def turned(viewer: Caller, direction: str, cursor: str | None = None, **query: Any) -> list[list[str]]:
    pages = []
    while True:
        found = await page(viewer, **query, **({"cursor": cursor} if cursor else {}))
        pages.append(ids(found["data"]))
        cursor = found["meta"][direction]
        if cursor is None:
            return pages


@pytest.mark.usefixtures("short_bounded_scan")
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", ["number", "due_date"])
async def test_rows_with_a_key_come_before_rows_without(
    registry_viewer: Caller, of_february: list[Row], sort: str, order: str
) -> None:
    expected = ids(in_order(of_february, sort, order))
    query = {"sort": sort, "order": order}
    first = await page(registry_viewer, **query)
    assert not first["meta"]["total_is_exact"], "this case must use a bounded scan"
    there = await turned(registry_viewer, "next_cursor", **query)
    assert list(chain.from_iterable(there)) == expected
    by_number = [ids((await page(registry_viewer, **query, page=n))["data"]) for n in range(1, len(there) + 1)]
    assert by_number == there

    last = await page(registry_viewer, **query, page=len(there))
    back = await turned(registry_viewer, "prev_cursor", last["meta"]["prev_cursor"], **query)
    assert list(chain.from_iterable(reversed(back))) == expected[: len(expected) - len(there[-1])]
