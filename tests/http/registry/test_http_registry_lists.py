"""The registry against a plain loop over the same rows: every filter, order, direction and page.

PostgreSQL is all there is: Temporal and ClickHouse are at ports where nobody listens.
"""

import base64
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.registry import queries
from models.invoice.status import AWAITS_MONEY
from tests.http.callers import Caller, error_of
from tests.http.registry.registry_rows import ORDERS, TODAY, Row, ids, in_order, row, rows, store

Wanted = Callable[[Row], bool]


def everything(_: Row) -> bool:
    return True


def nothing(_: Row) -> bool:
    return False


FILTERS: list[tuple[dict[str, Any], Wanted]] = [
    ({}, everything),
    ({"status": "draft"}, lambda r: r["status"] == "draft"),
    ({"status": ["sent", "void", "paid"]}, lambda r: r["status"] in ("sent", "void", "paid")),
    ({"kind": "partner"}, lambda r: r["kind"] == "partner"),
    ({"application_key": "APP-017"}, lambda r: r["application_key"] == "APP-017"),
    ({"customer_key": "CUST-02"}, lambda r: r["customer_key"] == "CUST-02"),
    ({"period": "2026-01"}, lambda r: r["period_start"] == date(2026, 1, 1)),
    ({"period_from": "2025-12"}, lambda r: r["period_start"] >= date(2025, 12, 1)),
    ({"period_to": "2025-12"}, lambda r: r["period_start"] <= date(2025, 12, 31)),
    (
        {"period_from": "2025-09", "period_to": "2025-10"},
        lambda r: date(2025, 9, 1) <= r["period_start"] <= date(2025, 10, 31),
    ),
    ({"invoice_date_from": "2026-01-02"}, lambda r: r["invoice_date"] >= date(2026, 1, 2)),
    ({"invoice_date_to": "2026-01-02"}, lambda r: r["invoice_date"] <= date(2026, 1, 2)),
    ({"due_date_from": "2026-02-15"}, lambda r: r["due_date"] and r["due_date"] >= date(2026, 2, 15)),
    ({"due_date_to": "2026-02-15"}, lambda r: r["due_date"] and r["due_date"] <= date(2026, 2, 15)),
    ({"overdue": "true"}, lambda r: r["overdue"]),
    ({"overdue": "false", "currency": "EUR"}, lambda r: not r["overdue"] and r["currency"] == "EUR"),
    ({"held": "true"}, lambda r: r["held"]),
    ({"blocked": "true", "kind": "service"}, lambda r: r["blocked"] and r["kind"] == "service"),
    ({"currency": "USD"}, lambda r: r["currency"] == "USD"),
    ({"min_total": "100.50"}, lambda r: r["total_amount"] >= Decimal("100.50")),
    ({"max_total": "100.50"}, lambda r: r["total_amount"] <= Decimal("100.50")),
    ({"min_total": "100.01", "max_total": "2500"}, lambda r: r["total_amount"] in (Decimal("100.50"), Decimal(2500))),
    ({"q": "acme"}, lambda r: r["customer_key"] in ("CUST-00", "CUST-01")),
    ({"q": "llc ACM"}, lambda r: r["customer_key"] == "CUST-01"),
    ({"q": "РОМАШК"}, lambda r: r["customer_key"] == "CUST-02"),
    ({"q": "елочные"}, lambda r: r["customer_key"] == "CUST-03"),
    ({"q": "elan syst"}, lambda r: r["customer_key"] == "CUST-04"),
    ({"q": "oʻzbekiston yo’llari"}, lambda r: r["customer_key"] == "CUST-05"),
    ({"q": "сопров"}, lambda r: r["application_name"] == "Сопровождение"),
    ({"q": "24/7"}, lambda r: r["application_name"] == "Support 24/7"),
    ({"q": "app-01"}, lambda r: r["application_key"].startswith("APP-01")),
    ({"q": "Д-17/25"}, lambda r: r["state"]["content"]["basis"]["agreement_number"] == "Д-17/25"),
    ({"q": "act-2026-7"}, lambda r: (r["number"] or "").startswith("ACT-2026-7")),
    ({"q": "kme"}, nothing),
    ({"q": "acme ромашка"}, nothing),
    (
        {"q": "acme", "status": "draft", "sort": "due_date"},
        lambda r: r["status"] == "draft" and "ACME" in r["customer_name"].upper(),
    ),
    (
        {"period_from": "2025-10", "currency": "UZS", "q": "support", "min_total": "1"},
        lambda r: (
            r["period_start"] >= date(2025, 10, 1)
            and r["currency"] == "UZS"
            and r["application_name"] == "Support 24/7"
            and r["total_amount"] >= 1
        ),
    ),
]


@pytest.fixture(scope="module")
async def all_rows(registry_engine: AsyncEngine) -> list[Row]:
    made = rows()
    await store(registry_engine, made)
    return made


async def page(registry_viewer: Caller, path: str = "/invoices", **query: Any) -> dict[str, Any]:
    response = await registry_viewer.get(path, params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def turned(registry_viewer: Caller, direction: str = "next_cursor", **query: Any) -> list[list[str]]:
    """The ids on all pages that follow one another."""
    pages, cursor = [], query.pop("cursor", None)
    while True:
        found = await page(registry_viewer, **query, **({"cursor": cursor} if cursor else {}))
        pages.append([row["id"] for row in found["data"]])
        cursor = found["meta"][direction]
        if cursor is None:
            return pages


@pytest.mark.parametrize(("query", "wanted"), FILTERS, ids=lambda given: str(given) if isinstance(given, dict) else "")
async def test_a_filter(registry_viewer: Caller, all_rows: list[Row], query: dict[str, Any], wanted: Wanted) -> None:
    expected = ids(in_order([r for r in all_rows if wanted(r)], query.get("sort", "created_at")))
    found = await page(registry_viewer, **query, per_page=100)
    assert [row["id"] for row in found["data"]] == expected[:100]
    assert found["meta"]["total"] == len(expected)
    assert found["meta"]["total_is_exact"]
    assert list(chain.from_iterable(await turned(registry_viewer, **query, per_page=37))) == expected


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("query", [{}, {"status": ["draft", "sent", "closed"]}, {"q": "support"}], ids=str)
async def test_an_order_in_both_directions_and_by_page(
    registry_viewer: Caller, all_rows: list[Row], query: dict[str, Any], sort: str, order: str
) -> None:
    wanted: Wanted = next(wanted for known, wanted in [*FILTERS, *EXTRA] if known == query)
    expected = ids(in_order([r for r in all_rows if wanted(r)], sort, order))
    query = query | {"sort": sort, "order": order, "per_page": 23}
    there = await turned(registry_viewer, **query)
    assert list(chain.from_iterable(there)) == expected
    assert {len(ids_) for ids_ in there[:-1]} == {23}
    last = await page(registry_viewer, **query, page=len(there))
    assert [row["id"] for row in last["data"]] == there[-1]
    assert last["meta"]["next_cursor"] is None
    back = await turned(registry_viewer, "prev_cursor", **query, cursor=last["meta"]["prev_cursor"])
    assert list(chain.from_iterable(reversed(back))) == expected[: len(expected) - len(there[-1])]
    numbered = [await page(registry_viewer, **query, page=n) for n in range(1, len(there) + 1)]
    assert [[row["id"] for row in one["data"]] for one in numbered] == there


EXTRA: list[tuple[dict[str, Any], Wanted]] = [
    ({"status": ["draft", "sent", "closed"]}, lambda r: r["status"] in ("draft", "sent", "closed")),
    ({"q": "support"}, lambda r: r["application_name"] == "Support 24/7"),
]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("way", list(queries.PlanHint))
@pytest.mark.parametrize("sort", ORDERS)
async def test_every_way_finds_the_same(
    registry_viewer: Caller,
    all_rows: list[Row],
    monkeypatch: pytest.MonkeyPatch,
    way: queries.PlanHint,
    sort: str,
    order: str,
) -> None:
    """Which way is taken depends on how many there are; here each is taken for each, with and without the key."""
    count = queries.count

    async def by_this_way(*args: Any) -> queries.Total:
        found = await count(*args)
        return queries.Total(found.count, found.exact, way)

    monkeypatch.setattr(queries, "count", by_this_way)
    monkeypatch.setattr(queries, "PROBED", 60)  # shorter than the list, so that looking ahead is not always enough
    expected = ids(in_order([r for r in all_rows if r["status"] in ("draft", "sent", "paid")], sort, order))
    query: dict[str, Any] = {"status": ["draft", "sent", "paid"], "sort": sort, "order": order, "per_page": 9}
    there = await turned(registry_viewer, **query)
    assert list(chain.from_iterable(there)) == expected
    last = await page(registry_viewer, **query, page=len(there))
    back = await turned(registry_viewer, "prev_cursor", **query, cursor=last["meta"]["prev_cursor"])
    assert list(chain.from_iterable(reversed(back))) == expected[: len(expected) - len(there[-1])]


async def test_many_are_not_counted_and_nobody_stops_too_early(
    registry_viewer: Caller, all_rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit of 20 in place of 10,000: `total` stays ahead of who turns pages by it."""
    monkeypatch.setattr(queries, "COUNTED_UP_TO", 20)
    monkeypatch.setattr(queries.count, "__defaults__", (20,))
    expected = ids(in_order([r for r in all_rows if r["invoice_date"] >= date(2026, 1, 1)]))
    seen: list[str] = []
    number, total = 0, 1
    while number * 7 < total:
        number += 1
        found = await page(registry_viewer, invoice_date_from="2026-01-01", page=number, per_page=7)
        total = found["meta"]["total"]
        assert not found["meta"]["total_is_exact"]
        seen += [row["id"] for row in found["data"]]
    assert seen == expected
    assert len(expected) > 40


async def test_common_words_are_not_counted(
    registry_viewer: Caller, all_rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PROBED", 100)
    monkeypatch.setattr(queries, "DENSE", 10)
    newest = in_order(all_rows)[:100]
    found = await page(registry_viewer, q="acme")
    assert found["meta"]["total"] == max(21, sum("ACME" in r["customer_name"].upper() for r in newest))
    assert not found["meta"]["total_is_exact"]
    expected = ids(in_order([r for r in all_rows if "ACME" in r["customer_name"].upper()]))
    assert list(chain.from_iterable(await turned(registry_viewer, q="acme", per_page=10))) == expected


@pytest.mark.parametrize("sort", ["created_at", "customer_name", "number"])
async def test_no_row_is_lost_or_repeated_while_others_come_in(
    registry_viewer: Caller, all_rows: list[Row], registry_engine: AsyncEngine, sort: str
) -> None:
    """Two come in between any two pages, at random places of the order; those that were there are met once each."""
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


@pytest.mark.parametrize(
    ("query", "path", "message"),
    [
        ({"cursor": "nonsense"}, "cursor", "is none that this list gave"),
        ({"cursor": base64.urlsafe_b64encode(b'{"of":"x"}').decode()}, "cursor", "is none that this list gave"),
        ({"cursor": "é"}, "cursor", "is none that this list gave"),
        ({"cursor": "x", "page": 2}, "query", "give page or cursor, not both"),
        ({"sort": "name"}, "sort", "must be one of: created_at, invoice_date, due_date, number,"),
        ({"order": "up"}, "order", "must be one of: asc, desc"),
        ({"currency": "GBP"}, "currency", "must be one of: UZS, USD"),
        ({"held": "perhaps"}, "held", "must be true or false"),
        ({"min_total": "much"}, "min_total", "must be a decimal number"),
        ({"min_total": "2", "max_total": "1"}, "max_total", "must not be less than min_total, 2"),
        ({"period_from": "2026-02", "period_to": "2026-01"}, "period_to", "must not be less than period_from"),
        ({"due_date_from": "2026-02-30"}, "due_date_from", "must be a date such as 2026-02-28"),
        ({"due_date_from": "2026-02-03", "due_date_to": "2026-02-01"}, "due_date_to", "must not be less than"),
        ({"q": "%%"}, "q", "must have a letter or a digit"),
        ({"duedate": "2026-02-01"}, "duedate", "unknown field; known are"),
    ],
)
async def test_a_bad_parameter(registry_viewer: Caller, query: dict[str, Any], path: str, message: str) -> None:
    [detail] = error_of(await registry_viewer.get("/invoices", params=query), 400, "VALIDATION_ERROR")["details"]
    assert detail["path"] == path
    assert message in detail["message"]


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


class TestOpenItems:
    """Days late are counted from the due date to 1 March 2026, 11:00 in Tashkent."""

    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ({}, everything),
            ({"kind": "partner"}, lambda r: r["kind"] == "partner"),
            ({"currency": "UZS", "kind": "service"}, lambda r: (r["currency"], r["kind"]) == ("UZS", "service")),
            ({"customer_key": "CUST-02"}, lambda r: r["customer_key"] == "CUST-02"),
            ({"application_key": "nobody"}, nothing),
        ],
    )
    async def test_what_is_owed(
        self, registry_viewer: Caller, all_rows: list[Row], query: dict[str, Any], wanted: Wanted
    ) -> None:
        owed = [r for r in all_rows if r["status"] in AWAITS_MONEY and wanted(r)]
        found = await page(registry_viewer, "/invoices/open-items", per_page=100, **query)
        assert found["as_of"] == "2026-03-01"
        assert [row["id"] for row in found["data"]] == ids(in_order(owed, "due_date", "asc"))
        assert found["meta"]["total"] == len(owed)
        late = {r["id"]: max((TODAY - r["due_date"]).days, 0) for r in owed}
        assert {row["id"]: row["days_late"] for row in found["data"]} == late
        assert [t["currency"] for t in found["totals"]] == sorted({r["currency"] for r in owed})
        ages = {"0": (0, 0), "1-30": (1, 30), "31-60": (31, 60), "61-90": (61, 90), "90+": (91, 9999)}
        for total in found["totals"]:
            of_currency = [r for r in owed if r["currency"] == total["currency"]]
            assert total["invoices"] == len(of_currency)
            assert total["balance"] == f"{sum(r['balance'] for r in of_currency):.2f}"
            assert [bucket["days_late"] for bucket in total["ageing"]] == list(ages)
            for bucket in total["ageing"]:
                least, most = ages[bucket["days_late"]]
                aged = [r["balance"] for r in of_currency if least <= late[r["id"]] <= most]
                assert (bucket["invoices"], bucket["balance"]) == (len(aged), f"{sum(aged):.2f}")

    async def test_page_by_page(self, registry_viewer: Caller, all_rows: list[Row]) -> None:
        owed = [r for r in all_rows if r["status"] in AWAITS_MONEY]
        seen, cursor = [], None
        while True:
            query: dict[str, Any] = {"cursor": cursor} if cursor else {}
            found = await page(registry_viewer, "/invoices/open-items", per_page=8, **query)
            seen += [row["id"] for row in found["data"]]
            if not (cursor := found["meta"]["next_cursor"]):
                break
        assert seen == ids(in_order(owed, "due_date", "asc"))

    @pytest.mark.usefixtures("all_rows")
    async def test_the_day_is_the_issuers(self, registry_viewer: Caller, registry_engine: AsyncEngine) -> None:
        """06:00 UTC on 1 March is still 28 February in Honolulu."""
        issuer = '{"party": {"name": "Aloha"}, "zone": "Pacific/Honolulu"}'
        async with registry_engine.begin() as connection:
            await connection.execute(text("INSERT INTO issuer_settings VALUES (1, CAST(:i AS jsonb))"), {"i": issuer})
        try:
            assert (await page(registry_viewer, "/invoices/open-items"))["as_of"] == "2026-02-28"
        finally:
            async with registry_engine.begin() as connection:
                await connection.execute(text("DELETE FROM issuer_settings"))

    async def test_a_bad_parameter(self, registry_viewer: Caller) -> None:
        response = await registry_viewer.get("/invoices/open-items", params={"status": "sent"})
        assert "known are" in error_of(response, 400, "VALIDATION_ERROR")["message"]


async def test_the_time_of_a_cursor_is_exact(registry_viewer: Caller, registry_engine: AsyncEngine) -> None:
    """Two invoices a microsecond apart, of a customer of their own."""
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
