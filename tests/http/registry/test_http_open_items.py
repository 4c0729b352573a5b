"""The open items: which invoices, their sums by currency and age, and the issuer's day."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.invoice.status import AWAITS_MONEY
from tests.http.callers import Caller, error_of
from tests.http.registry.registry_pages import Wanted, everything, nothing, page
from tests.http.registry.registry_rows import TODAY, Row, ids, in_order


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
