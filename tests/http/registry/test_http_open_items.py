"""The open items: which invoices, their sums by currency and age, and the issuer's day."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.invoice.status import AWAITS_MONEY
from tests.http.callers import Caller, error_of
from tests.http.registry.registry_pages import Wanted, everything, nothing, page, turned
from tests.http.registry.registry_rows import TODAY, Row, folded, ids, in_order


def age_of(given: Row) -> str:
    late = max((TODAY - given["due_date"]).days, 0)
    return "0" if late == 0 else "1-30" if late <= 30 else "31-60" if late <= 60 else "61-90" if late <= 90 else "90+"


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
    async def test_open_balances_and_their_sums(
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
        credited = [r for r in all_rows if r["credit_amount"] > 0 and wanted(r)]
        assert found["credits"] == [
            {"currency": currency, "invoices": len(amounts), "credit_amount": f"{sum(amounts):.2f}"}
            for currency in sorted({r["currency"] for r in credited})
            for amounts in [[r["credit_amount"] for r in credited if r["currency"] == currency]]
        ]
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

    async def test_cursors_read_all_pages(self, registry_viewer: Caller, all_rows: list[Row]) -> None:
        owed = [r for r in all_rows if r["status"] in AWAITS_MONEY]
        seen, cursor = [], None
        while True:
            query: dict[str, Any] = {"cursor": cursor} if cursor else {}
            found = await page(registry_viewer, "/invoices/open-items", per_page=8, **query)
            seen += [row["id"] for row in found["data"]]
            if not (cursor := found["meta"]["next_cursor"]):
                break
        assert seen == ids(in_order(owed, "due_date", "asc"))

    @pytest.mark.parametrize(
        ("query", "value", "descends"),
        [
            ({"sort": "balance"}, lambda r: r["balance"], True),
            ({"sort": "balance", "order": "asc"}, lambda r: r["balance"], False),
            ({"sort": "days_late"}, lambda r: r["due_date"], False),
            ({"sort": "days_late", "order": "asc"}, lambda r: r["due_date"], True),
            ({"sort": "customer_name"}, lambda r: folded(r["customer_name"]), False),
        ],
    )
    async def test_the_orders_and_their_pages(
        self, registry_viewer: Caller, all_rows: list[Row], query: dict[str, str], value: Any, descends: bool
    ) -> None:
        owed = [r for r in all_rows if r["status"] in AWAITS_MONEY]
        expected = sorted(owed, key=lambda r: (value(r), r["id"]), reverse=descends)
        pages = await turned(registry_viewer, path="/invoices/open-items", per_page=30, **query)
        assert [one for each in pages for one in each] == ids(expected)

    @pytest.mark.parametrize(
        "ages", [["0"], ["1-30"], ["31-60", "61-90"], ["90+"], ["0", "1-30", "31-60", "61-90", "90+"]]
    )
    async def test_a_filter_by_age_has_the_items_of_its_buckets(
        self, registry_viewer: Caller, all_rows: list[Row], ages: list[str]
    ) -> None:
        """Also the sums are of these items only; with a filter that has no kept sums as well."""
        for more in ({}, {"customer_key": "CUST-02"}):
            owed = [
                r for r in all_rows if r["status"] in AWAITS_MONEY and age_of(r) in ages and more.items() <= r.items()
            ]
            found = await page(registry_viewer, "/invoices/open-items", per_page=100, age=ages, **more)
            assert [row["id"] for row in found["data"]] == ids(in_order(owed, "due_date", "asc"))
            assert found["meta"]["total"] == len(owed)
            assert sum(each["invoices"] for each in found["totals"]) == len(owed)

    async def test_a_cursor_is_of_one_list_of_ages(self, registry_viewer: Caller, all_rows: list[Row]) -> None:
        found = await page(registry_viewer, "/invoices/open-items", per_page=1)
        query = {"age": "0", "cursor": found["meta"]["next_cursor"]}
        error_of(await registry_viewer.get("/invoices/open-items", params=query), 400, "VALIDATION_ERROR")

    async def test_words_are_searched_for(self, registry_viewer: Caller, all_rows: list[Row]) -> None:
        owed = [r for r in all_rows if r["status"] in AWAITS_MONEY and r["customer_name"] == "Ёлочные игрушки"]
        found = await page(registry_viewer, "/invoices/open-items", per_page=100, q="елочн")
        assert [row["id"] for row in found["data"]] == ids(in_order(owed, "due_date", "asc"))

    @pytest.mark.parametrize(
        ("query", "value", "descends"),
        [
            ({}, lambda rows: sum(r["balance"] for r in rows), True),
            ({"sort": "balance", "order": "asc"}, lambda rows: sum(r["balance"] for r in rows), False),
            ({"sort": "days_late"}, lambda rows: min(r["due_date"] for r in rows), False),
            ({"sort": "customer_name"}, lambda rows: folded(rows[0]["customer_name"]), False),
            ({"currency": "UZS", "age": "1-30"}, lambda rows: sum(r["balance"] for r in rows), True),
        ],
    )
    async def test_what_each_customer_owes(
        self, registry_viewer: Caller, all_rows: list[Row], query: dict[str, str], value: Any, descends: bool
    ) -> None:
        groups: dict[tuple[str, str], list[Row]] = {}
        for r in all_rows:
            wanted = r["status"] in AWAITS_MONEY and query.get("currency", r["currency"]) == r["currency"]
            if wanted and query.get("age", age_of(r)) == age_of(r):
                groups.setdefault((r["currency"], r["customer_key"]), []).append(r)
        by_value = sorted(groups, key=lambda key: (value(groups[key]), key[1]))
        if descends:  # equal values are in the order of the keys
            by_value = sorted(sorted(groups, key=lambda key: key[1]), key=lambda key: value(groups[key]), reverse=True)
        expected = sorted(by_value, key=lambda key: key[0])
        found = await page(registry_viewer, "/invoices/open-items/customers", per_page=100, **query)
        assert [(row["currency"], row["customer_key"]) for row in found["data"]] == expected
        assert found["meta"]["total"] == len(expected)
        for row in found["data"]:
            rows = groups[row["currency"], row["customer_key"]]
            assert (row["invoices"], row["balance"]) == (len(rows), f"{sum(r['balance'] for r in rows):.2f}")
            assert row["customer_name"] == rows[0]["customer_name"]
            assert row["days_late"] == max(max((TODAY - r["due_date"]).days, 0) for r in rows)
            for bucket in row["ageing"]:
                of_age = [r["balance"] for r in rows if age_of(r) == bucket["days_late"]]
                assert (bucket["invoices"], bucket["balance"]) == (len(of_age), f"{sum(of_age):.2f}")

    async def test_the_pages_of_customers_join(self, registry_viewer: Caller, all_rows: list[Row]) -> None:
        whole = await page(registry_viewer, "/invoices/open-items/customers", per_page=100)
        first, second, beyond = [
            await page(registry_viewer, "/invoices/open-items/customers", per_page=12, page=n) for n in (1, 2, 99)
        ]
        assert (first["data"] + second["data"]) == whole["data"][:24]
        assert beyond["data"] == []
        assert beyond["meta"]["total"] == whole["meta"]["total"]

    async def test_the_files_have_the_days_late(self, registry_viewer: Caller, all_rows: list[Row]) -> None:
        owed = [r for r in all_rows if r["status"] in AWAITS_MONEY and r["currency"] == "UZS"]
        expected = {r["id"]: max((TODAY - r["due_date"]).days, 0) for r in owed}
        query = {"currency": "UZS", "sort": "balance"}
        csv_file = await registry_viewer.get("/invoices/open-items.csv", params=query)
        rows = list(csv.DictReader(io.StringIO(csv_file.text)))
        assert {row["id"]: int(row["days_late"]) for row in rows} == expected
        assert [Decimal(row["balance"]) for row in rows] == sorted((r["balance"] for r in owed), reverse=True)
        xlsx_file = await registry_viewer.get("/invoices/open-items.xlsx", params=query)
        head, *cells = load_workbook(io.BytesIO(xlsx_file.content))["Open items"].iter_rows(values_only=True)
        assert {row[-1]: row[head.index("Days late")] for row in cells} == expected

    @pytest.mark.usefixtures("all_rows")
    async def test_days_late_are_counted_in_the_issuers_zone(
        self, registry_viewer: Caller, registry_engine: AsyncEngine
    ) -> None:
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
