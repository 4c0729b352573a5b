"""The finance dashboard over HTTP: today against the registry, stored days, two days compared, and refusals."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.accounting.snapshots import DailySnapshot
from models.accounting.ports import SnapshotRequest
from models.values.money import plain
from tests.http.callers import Caller, error_of
from tests.http.registry.registry_rows import TODAY, Row, rows, store

PATH = "/dashboard/finance"
YESTERDAY = TODAY - timedelta(days=1)
# 1 March 2026, 00:15 in Tashkent.
AFTER_MIDNIGHT = datetime(2026, 2, 28, 19, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
async def all_rows(registry_engine: AsyncEngine) -> list[Row]:
    """The registry's rows, of which one is in dinars: its three decimals have two readings when they are typed."""
    made = rows()
    dinars = next(row for row in made if row["awaits_money"])
    dinars |= {"currency": "KWD", "total_amount": Decimal("8.275"), "paid_amount": 0, "balance": Decimal("8.275")}
    await store(registry_engine, made)
    return made


@pytest.fixture(scope="module")
async def snapshot(registry_engine: AsyncEngine, all_rows: list[Row]) -> int:
    """Take the snapshot of yesterday; return the number of its invoices."""
    take = DailySnapshot(registry_engine, lambda: AFTER_MIDNIGHT).take
    await ActivityEnvironment().run(take, SnapshotRequest(day=YESTERDAY, zone="Asia/Tashkent"))
    return len(all_rows)


async def dashboard(viewer: Caller, **query: Any) -> dict[str, Any]:
    response = await viewer.get(PATH, params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["data"]
    return found


async def test_today_has_the_sums_of_the_open_items_and_of_the_registry(
    registry_viewer: Caller, all_rows: list[Row]
) -> None:
    figures = (await dashboard(registry_viewer))["figures"]
    open_items = (await registry_viewer.get("/invoices/open-items")).json()
    assert figures["as_of"] == open_items["as_of"] == "2026-03-01"
    by_currency = {each["currency"]: each for each in figures["currencies"]}
    for each in open_items["totals"]:
        shown = by_currency[each["currency"]]
        assert shown["outstanding"] == {"invoices": each["invoices"], "amount": each["balance"]}
        assert [(bucket["days_late"], bucket["invoices"], bucket["amount"]) for bucket in shown["ageing"]] == [
            (bucket["days_late"], bucket["invoices"], bucket["balance"]) for bucket in each["ageing"]
        ]
    rejected = (await registry_viewer.get("/invoices", params={"status": "rejected"})).json()["meta"]["total"]
    assert sum(each["rejected"]["invoices"] for each in by_currency.values()) == rejected
    late = (await registry_viewer.get("/invoices", params={"overdue": True})).json()["meta"]["total"]
    assert sum(each["late"]["invoices"] for each in by_currency.values()) == late
    assert len(all_rows) == 300


async def test_a_past_day_is_its_snapshot_with_the_sums_of_that_day(
    registry_viewer: Caller, registry_engine: AsyncEngine, all_rows: list[Row], snapshot: int
) -> None:
    """The balance of an invoice falls by 1 after the snapshot, which stays; the sums of the rows are those before."""
    open_ = next(row for row in all_rows if row["awaits_money"] and row["currency"] == "UZS" and row["balance"] > 1)
    async with registry_engine.begin() as connection:
        await connection.execute(
            text("UPDATE invoices SET balance = balance - 1, paid_amount = paid_amount + 1 WHERE id = :id"),
            {"id": open_["id"]},
        )
    compared = await dashboard(registry_viewer, as_of=TODAY, compare_with=YESTERDAY)
    before = {each["currency"]: each for each in compared["compared_with"]["currencies"]}
    for currency, each in before.items():
        owed = [row for row in all_rows if row["awaits_money"] and row["currency"] == currency]
        late = [row for row in owed if row["due_date"] and row["due_date"] < YESTERDAY]
        assert each["outstanding"] == {"invoices": len(owed), "amount": plain(sum(r["balance"] for r in owed))}
        assert each["late"]["invoices"] == len(late)
    assert (await dashboard(registry_viewer, as_of=YESTERDAY))["figures"] == compared["compared_with"]
    changed = {each["currency"]: each["outstanding"] for each in compared["differences"]}
    assert changed["UZS"] == {"invoices": 0, "amount": "-1.00"}
    assert Decimal(changed["USD"]["amount"]) == 0
    assert compared["figures"]["changed_later"] == 0


@pytest.mark.usefixtures("snapshot")
async def test_what_is_refused(registry_viewer: Caller) -> None:
    for name in ("as_of", "compare_with"):
        future = await registry_viewer.get(PATH, params={name: TODAY + timedelta(days=1)})
        assert [each["path"] for each in error_of(future, 400, "VALIDATION_ERROR")["details"]] == [name]
        missing = await registry_viewer.get(PATH, params={name: YESTERDAY - timedelta(days=1)})
        assert "2026-02-28" in error_of(missing, 404, "NOT_FOUND")["message"]
    for wrong in ("yesterday", "2026-02-30", "20260228"):
        assert (await registry_viewer.get(PATH, params={"as_of": wrong})).status_code == 400
    assert (await registry_viewer.get(PATH, params={"day": "2026-02-28"})).status_code == 400
