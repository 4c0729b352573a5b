"""Anomalies of a bill on PostgreSQL, compared with the month before (docs/specification/bills.md 10)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.bills.anomalies import AnomalySearch
from activities.bills.matching import BillMatcher
from models.bills.anomalies import AnomalyKind, AnomalyReport, Thresholds
from models.bills.bill import Bill, BillStatus
from models.bills.cost_line import ChargeCategory, CostLine
from models.bills.matching.ports import AnomaliesFound, BillVersion
from models.bills.matching.tables import BillAnomalies
from models.values.currencies import Currency
from models.values.failure_codes import Failure
from tests.fixtures.cloud_bills import bill_of, line, store, unique

THRESHOLDS = Thresholds(percent=Decimal(20), amount=Decimal(10))
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def provider() -> str:
    return unique("provider")


async def written(engine: AsyncEngine, provider: str, lines: Sequence[CostLine], **fields: Any) -> Bill:
    bill = await store(engine, bill_of(lines, provider, **fields), lines)
    await BillMatcher(engine).match(BillVersion(bill_id=bill.id, version=bill.version))
    return bill


async def search(engine: AsyncEngine, bill: Bill) -> AnomaliesFound:
    search = AnomalySearch(engine, THRESHOLDS)
    return await ActivityEnvironment().run(search.find_anomalies, BillVersion(bill_id=bill.id, version=bill.version))


async def report(engine: AsyncEngine, bill: Bill) -> AnomalyReport:
    await search(engine, bill)
    query = select(col(BillAnomalies.report)).where(
        col(BillAnomalies.bill_id) == bill.id, col(BillAnomalies.version) == bill.version
    )
    async with engine.connect() as connection:
        return AnomalyReport.model_validate(await connection.scalar(query))


def droplet(cost: str, name: str = "web-1", **fields: Any) -> CostLine:
    return line(cost, f"{name} (s-1)", service_name="Droplets", **fields)


async def test_the_first_bill_of_an_account_has_nothing_to_compare(engine: AsyncEngine, provider: str) -> None:
    bill = await written(engine, provider, [droplet("5")])
    assert await search(engine, bill) == AnomaliesFound(anomalies=None)
    found = await report(engine, bill)
    assert (found.compared_with, found.count, found.currency) == (None, 0, Currency.USD)


async def test_the_month_is_compared_with_the_month_before(engine: AsyncEngine, provider: str) -> None:
    credit = {"charge_category": ChargeCategory.CREDIT, "service_name": "Credits"}
    await written(
        engine,
        provider,
        [
            droplet("40", project_name="zenit"),
            droplet("6", "old", project_name="zenit"),
            line("10", "store", resource_id="r-1", service_name="Spaces"),
            line("-100", "Startup credit", **credit),
            line("9", "GST", charge_category=ChargeCategory.TAX, service_name="Taxes"),
        ],
        first_day=MARCH,
        end=APRIL,
    )
    april = await written(
        engine,
        provider,
        [
            droplet("60", project_name="zenit"),
            droplet("7", "new", project_name="zenit"),
            line("11", "store", resource_id="r-1", service_name="Spaces"),
            line("90", "GST", charge_category=ChargeCategory.TAX, service_name="Taxes"),
        ],
    )
    found = await report(engine, april)
    assert found.compared_with == MARCH
    assert [(each.kind, each.resource_key or each.service, each.change) for each in found.anomalies] == [
        # Credits: -100 -> nothing; Droplets: 46 -> 67; Spaces 10 -> 11 is below both thresholds.
        (AnomalyKind.COST_CHANGED, "Credits", Decimal(100)),
        (AnomalyKind.COST_CHANGED, "Droplets", Decimal(21)),
        (AnomalyKind.NEW_RESOURCE, "name:new (s-1)", Decimal(7)),
        (AnomalyKind.VANISHED_RESOURCE, "name:old (s-1)", Decimal(-6)),
        (AnomalyKind.VANISHED_CREDIT, "Startup credit", Decimal(100)),
    ]
    assert found.counts == {
        AnomalyKind.COST_CHANGED: 2,
        AnomalyKind.NEW_RESOURCE: 1,
        AnomalyKind.VANISHED_RESOURCE: 1,
        AnomalyKind.VANISHED_CREDIT: 1,
    }
    assert await search(engine, april) == AnomaliesFound(anomalies=5)


async def test_several_bills_of_a_month_are_added_up(engine: AsyncEngine, provider: str) -> None:
    """An account may have an invoice of its anniversary and one of a purchase in the same month."""
    await written(engine, provider, [droplet("30")], first_day=MARCH, end=APRIL)
    await written(engine, provider, [droplet("30")], first_day=date(2026, 3, 15), end=APRIL)
    await written(engine, provider, [droplet("55")])
    second = await written(engine, provider, [droplet("5")])
    assert (await report(engine, second)).anomalies == ()


async def test_other_accounts_currencies_months_and_voided_bills_do_not_count(
    engine: AsyncEngine, provider: str
) -> None:
    march = {"first_day": MARCH, "end": APRIL}
    await written(engine, provider, [droplet("1")], account="another", **march)
    await written(engine, provider, [droplet("1")], currency=Currency.EUR, **march)
    await written(engine, provider, [droplet("1")], status=BillStatus.VOIDED, **march)
    await written(engine, provider, [droplet("1")], first_day=date(2026, 2, 1), end=MARCH)
    await written(engine, provider, [droplet("1")], first_day=MAY, end=date(2026, 6, 1))
    bill = await written(engine, provider, [droplet("50")])
    assert await search(engine, bill) == AnomaliesFound(anomalies=None)


async def test_a_corrected_bill_is_compared_by_its_newest_version(engine: AsyncEngine, provider: str) -> None:
    march = await written(engine, provider, [droplet("10")], first_day=MARCH, end=APRIL)
    april = await written(engine, provider, [droplet("50")])
    assert (await report(engine, april)).count == 1
    await written(engine, provider, [droplet("50")], first_day=MARCH, end=APRIL, id=march.id, key=march.key, version=2)
    assert (await report(engine, april)).count == 0


async def test_more_resources_than_are_listed_are_counted(engine: AsyncEngine, provider: str) -> None:
    await written(engine, provider, [droplet("120")], first_day=MARCH, end=APRIL)
    april = await written(engine, provider, [droplet("1", f"n{n}") for n in range(120)])
    found = await report(engine, april)
    assert found.counts == {AnomalyKind.NEW_RESOURCE: 120, AnomalyKind.VANISHED_RESOURCE: 1}
    assert len([each for each in found.anomalies if each.kind is AnomalyKind.NEW_RESOURCE]) == 100


async def test_an_unknown_bill_is_refused(engine: AsyncEngine) -> None:
    search = AnomalySearch(engine, THRESHOLDS)
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(search.find_anomalies, BillVersion(bill_id="none", version=1))
    assert (refused.value.type, refused.value.non_retryable) == (Failure.BILL_UNKNOWN, True)
