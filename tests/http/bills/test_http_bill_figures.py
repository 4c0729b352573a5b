"""Sums of vendor bills over HTTP: by currency, month by month, and the list as CSV (docs/specification/bills.md 13)."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.matching import BillMatcher
from models.bills.bill import Bill, BillStatus
from models.bills.cost_line import ChargeCategory
from models.bills.matching.ports import BillVersion
from models.values.currencies import Currency
from tests.fixtures.cloud_bills import line, stored_bill, unique
from tests.http.callers import Caller, data_of, error_of


@pytest.fixture
def provider() -> str:
    return unique("provider")


@pytest.fixture
async def bills(engine: AsyncEngine, provider: str) -> list[Bill]:
    """Bills of two months and currencies: March 10.00, April 12.005 + 1.20 tax, April 5.00 EUR, one voided in April."""
    tax = line("1.20", "GST", charge_category=ChargeCategory.TAX, service_name="Taxes")
    april = [line("7.000", service_name="Droplets"), line("5.005", service_name="Volumes"), tax]
    march = {"first_day": date(2026, 3, 1), "end": date(2026, 4, 1)}
    return [
        await stored_bill(engine, [line("10.00", service_name="Droplets")], provider, **march),
        await stored_bill(engine, april, provider),
        await stored_bill(engine, [line("5.00", service_name="Droplets")], provider, currency=Currency.EUR),
        await stored_bill(engine, [line("99.00")], provider, status=BillStatus.VOIDED),
    ]


async def test_the_sums_of_a_list_by_currency(viewer: Caller, bills: list[Bill], provider: str) -> None:
    """March and April: 10.00 + 12.005 net, 1.20 tax; in minor units 1000 + 1201 net, because 13.205 gross is 13.21."""
    found = data_of(await viewer.get(f"/vendor-bills/totals?provider={provider}&status=issued"))["totals"]
    euro, dollar = found
    assert (euro["currency"], euro["bills"], euro["gross"]) == ("EUR", 1, "5.00")
    exact = {name: Decimal(dollar[name]) for name in ("net", "tax", "gross")}
    assert exact == {"net": Decimal("22.005"), "tax": Decimal("1.20"), "gross": Decimal("23.205")}
    assert [dollar[f"{name}_minor"] for name in ("net", "tax", "gross")] == [2201, 120, 2321]
    assert data_of(await viewer.get(f"/vendor-bills/totals?provider={provider}&month=2020-01"))["totals"] == []


async def test_months_by_provider_have_no_tax_and_no_voided_bill(
    viewer: Caller, bills: list[Bill], provider: str
) -> None:
    url = f"/vendor-bills/months?provider={provider}&until=2026-04&months=3"
    found = data_of(await viewer.get(url))
    assert found["months"] == ["2026-02-01", "2026-03-01", "2026-04-01"]
    euro, dollar = found["currencies"]
    [row] = dollar["groups"]
    assert (row["name"], [Decimal(cost) for cost in row["costs"]]) == (provider, [0, 10, Decimal("12.005")])
    assert (Decimal(row["change"]), row["percent"]) == (Decimal("2.005"), "20.1")  # 2.005 / 10.00
    assert dollar["bills"] == [0, 1, 1]
    assert (Decimal(euro["change"]), euro["percent"]) == (Decimal(5), None)


async def test_months_by_service_come_from_the_allocations(
    engine: AsyncEngine, viewer: Caller, bills: list[Bill], provider: str
) -> None:
    url = f"/vendor-bills/months?provider={provider}&until=2026-04&months=2&by=service&currency=USD"
    [before] = data_of(await viewer.get(url))["currencies"]
    assert [(row["name"], row["is_others"]) for row in before["groups"]] == [(None, False)]
    for bill in bills:
        await BillMatcher(engine).match(BillVersion(bill_id=bill.id, version=1))
    [after] = data_of(await viewer.get(url))["currencies"]
    costs = {row["name"]: [Decimal(cost) for cost in row["costs"]] for row in after["groups"]}
    assert costs == {"Droplets": [10, 7], "Volumes": [0, Decimal("5.005")]}
    assert after["costs"] == before["costs"]
    assert after["bills"] == [1, 1]


async def test_the_list_as_csv(viewer: Caller, bills: list[Bill], provider: str) -> None:
    answer = await viewer.get(f"/vendor-bills.csv?provider={provider}&currency=USD&status=issued")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == [bills[1].id, bills[0].id]
    assert sum(Decimal(row["gross"]) for row in rows) == Decimal("23.205")
    empty = await viewer.get(f"/vendor-bills.csv?provider={unique('nobody')}")
    assert empty.text.startswith("id,provider,account")


@pytest.mark.parametrize("query", ["months?months=1", "months?until=2026-13", "months?by=colour", "totals?cursor=x"])
async def test_wrong_parameters(viewer: Caller, query: str) -> None:
    error_of(await viewer.get(f"/vendor-bills/{query}"), 400, "VALIDATION_ERROR")


async def test_a_login_is_needed(viewer: Caller) -> None:
    for path in ("/vendor-bills/totals", "/vendor-bills/months", "/vendor-bills.csv", "/payables/totals"):
        assert (await viewer.http.get(f"/api/v1{path}")).status_code == 401
