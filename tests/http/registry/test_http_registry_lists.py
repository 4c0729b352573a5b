"""The registry compared with plain Python over the same rows: every filter, order, direction and page.

Temporal and ClickHouse cannot be reached; the registry needs only PostgreSQL.
"""

import base64
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest

from api.registry import queries
from tests.http.callers import Caller, error_of
from tests.http.registry.registry_pages import Wanted, everything, nothing, page, turned
from tests.http.registry.registry_rows import ORDERS, PASSED, Row, ids, in_order

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
    ({"has_credit": "true"}, lambda r: r["credit_amount"] > 0),
    ({"has_credit": "false", "kind": "partner"}, lambda r: r["credit_amount"] == 0 and r["kind"] == "partner"),
    ({"bounced": "true"}, lambda r: r["bounced"]),
    ({"past_deadline": "true"}, lambda r: r["wait_deadline"] == PASSED),
    ({"past_deadline": "false", "status": "draft"}, lambda r: r["wait_deadline"] != PASSED and r["status"] == "draft"),
    ({"bounced": "false", "status": "sent"}, lambda r: not r["bounced"] and r["status"] == "sent"),
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
async def test_every_order_in_both_directions_and_by_page(
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
@pytest.mark.parametrize("plan", list(queries.PlanHint))
@pytest.mark.parametrize("sort", ORDERS)
async def test_every_plan_finds_the_same_rows(
    registry_viewer: Caller,
    all_rows: list[Row],
    monkeypatch: pytest.MonkeyPatch,
    plan: queries.PlanHint,
    sort: str,
    order: str,
) -> None:
    """The plan depends on the number of rows. Here each plan is used for each order, with and without the key."""
    count = queries.count

    async def with_this_plan(*args: Any) -> queries.Total:
        found = await count(*args)
        return queries.Total(found.count, found.exact, plan)

    monkeypatch.setattr(queries, "count", with_this_plan)
    monkeypatch.setattr(queries, "PROBED", 60)  # shorter than the list, so that a bounded scan is not always enough
    expected = ids(in_order([r for r in all_rows if r["status"] in ("draft", "sent", "paid")], sort, order))
    query: dict[str, Any] = {"status": ["draft", "sent", "paid"], "sort": sort, "order": order, "per_page": 9}
    there = await turned(registry_viewer, **query)
    assert list(chain.from_iterable(there)) == expected
    last = await page(registry_viewer, **query, page=len(there))
    back = await turned(registry_viewer, "prev_cursor", **query, cursor=last["meta"]["prev_cursor"])
    assert list(chain.from_iterable(reversed(back))) == expected[: len(expected) - len(there[-1])]


async def test_a_total_that_is_not_exact_stays_ahead_of_the_pages(
    registry_viewer: Caller, all_rows: list[Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is 20 in place of 10,000. A caller that pages until it has seen `total` rows reads all of them."""
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


async def test_a_common_word_has_a_total_that_is_not_exact(
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


@pytest.mark.parametrize(
    ("query", "path", "message"),
    [
        ({"cursor": "nonsense"}, "cursor", "not from this list"),
        ({"cursor": base64.urlsafe_b64encode(b'{"of":"x"}').decode()}, "cursor", "not from this list"),
        ({"cursor": "é"}, "cursor", "not from this list"),
        ({"cursor": "x", "page": 2}, "query", "give page or cursor, not both"),
        ({"sort": "name"}, "sort", "must be one of: created_at, invoice_date, due_date, number,"),
        ({"order": "up"}, "order", "must be one of: asc, desc"),
        ({"currency": "GPB"}, "currency", "must be one of 165 values"),
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
