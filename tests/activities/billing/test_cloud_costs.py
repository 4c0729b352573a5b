"""The cost that a draft may resell, from PostgreSQL, and that it stands on one live invoice."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.billing.cloud_costs import CloudCostReader
from activities.bills.matching import BillMatcher
from activities.invoice.billed_work import BilledWorkReader
from activities.invoice.projection import InvoiceProjection
from models.billing.cloud_lines import CloudCosts, cloud_lines
from models.bills.allocation.tables import AllocationRuleRow
from models.bills.bill import Bill, BillStatus
from models.bills.matching.ports import BillVersion
from models.contracts.tables import ResaleRuleRow
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.settings.tables import ExchangeRateRow
from models.values.failure_codes import Failure
from models.values.money import Currency
from models.values.period import Period
from tests.fixtures.cloud_bills import bill_of, line, store, unique
from tests.fixtures.database_invoices import content, invoice

APRIL = Period.month(2026, 4)
FIRST_HALF = Period(start=date(2026, 4, 1), end=date(2026, 4, 15))


@pytest.fixture
def key() -> str:
    return f"APP-{uuid4().hex[:12]}".upper()


async def add(engine: AsyncEngine, table: Any, **values: Any) -> None:
    dated = {"description": "", "valid_from": date(2026, 1, 1), "active": True, "valid_to": None}
    async with engine.begin() as connection:
        await connection.execute(insert(table).values(**(dated | values)))


async def allocated(engine: AsyncEngine, key: str, cost: str = "40.00", **fields: Any) -> Bill:
    """Return a bill whose droplets are allocated to the contract, with one line of another service."""
    provider = unique("provider")
    share = {"kind": "contract", "key": key, "percent": "100"}
    conditions = dict.fromkeys(("tag", "tag_value", "resource", "project"))
    await add(
        engine,
        AllocationRuleRow,
        id=provider,
        rule=provider,
        position=1,
        provider=provider,
        service="Droplets",
        shares=[share],
        **conditions,
    )
    lines = [line(cost, "a", service_name="Droplets"), line("2.00", "b", service_name="Spaces")]
    bill = await store(engine, bill_of(lines, provider, **fields), lines)
    await BillMatcher(engine).match(BillVersion(bill_id=bill.id, version=bill.version))
    return bill


async def resale(engine: AsyncEngine, key: str, **fields: Any) -> None:
    values = {"id": f"{key}.2026-01-01", "contract": key, "margin_percent": Decimal("10.00"), "minimum": None}
    await add(engine, ResaleRuleRow, **(values | fields))


async def costs(engine: AsyncEngine, key: str, period: Period = APRIL) -> CloudCosts:
    return await CloudCostReader(engine).of(key, period)


async def draft(engine: AsyncEngine, key: str, period: Period = APRIL, **fields: Any) -> Invoice:
    """Return a draft of the contract with the lines of its cloud cost."""
    lines = cloud_lines(await costs(engine, key), Currency.USD, period, 1)
    made = content(key, period=period)
    return invoice(content=made.model_copy(update={"lines": (*made.lines, *lines)}), **fields)


async def held(engine: AsyncEngine, bill: Bill) -> list[str]:
    query = text("SELECT invoice_id FROM claimed_worklogs WHERE worklog_id = 'cloud:' || :id")
    async with engine.connect() as connection:
        return list(await connection.scalars(query, {"id": bill.id}))


async def test_the_allocations_of_a_month_are_the_costs_of_the_contract(engine: AsyncEngine, key: str) -> None:
    bill = await allocated(engine, key)
    await resale(engine, key, minimum=Decimal("5.0000"))
    found = await costs(engine, key)
    [cost] = found.costs
    assert (cost.bill_id, cost.bill_version, cost.run, cost.service) == (bill.id, 1, 1, "Droplets")
    assert (cost.amount, cost.currency, cost.line_count, cost.allocations) == (Decimal("40.00"), "USD", 1, (1,))
    assert found.rule is not None
    assert (found.rule.margin_percent, found.rule.minimum) == (Decimal("10.00"), Decimal("5.0000"))
    assert found.claims == (f"cloud:{bill.id}",)


@pytest.mark.parametrize(
    ("period", "known"),
    [
        (APRIL, True),
        (Period(start=date(2026, 4, 1), end=date(2026, 6, 30)), True),
        (FIRST_HALF, False),
        (Period(start=date(2026, 4, 2), end=date(2026, 4, 30)), False),
        (Period.month(2026, 5), False),
    ],
)
async def test_a_bill_belongs_to_a_period_that_contains_all_its_days(
    engine: AsyncEngine, key: str, period: Period, known: bool
) -> None:
    await allocated(engine, key)
    assert bool((await costs(engine, key, period)).costs) is known


async def test_a_voided_bill_and_other_contracts_have_no_cost(engine: AsyncEngine, key: str) -> None:
    await allocated(engine, key, status=BillStatus.VOIDED)
    found = await CloudCostReader(engine).of_contracts([key, "APP-NONE"], APRIL)
    assert [found[each].costs for each in (key, "APP-NONE")] == [(), ()]


async def test_the_rule_and_the_rates_are_those_of_the_last_day(engine: AsyncEngine, key: str) -> None:
    await allocated(engine, key)
    await resale(engine, key, valid_to=date(2026, 4, 29))
    await resale(engine, key, id=f"{key}.b", valid_from=date(2026, 4, 30), margin_percent=Decimal("7.50"))
    rate = {"from_currency": "XPF", "to_currency": "USD", "units": 100, "rate": Decimal("0.9"), "source": "Bank"}
    ended = {"valid_from": date(2026, 4, 1), "valid_to": date(2026, 4, 29)}
    later = {"valid_from": date(2026, 5, 1)}
    for given in (ended, {"valid_from": date(2026, 2, 1)}, {"valid_from": date(2026, 3, 1)}, later):
        await add(engine, ExchangeRateRow, id=unique("rate"), **rate, **given)
    found = await costs(engine, key)
    assert found.rule is not None
    assert found.rule.margin_percent == Decimal("7.50")
    [read] = [each for each in found.rates if each.from_currency == Currency.XPF]
    assert str(read) == "100 XPF = 0.9 USD (Bank, 2026-03-01)"
    assert (read.key, read.valid_to) == ("XPF.USD.2026-03-01", None)


async def test_a_share_of_a_bill_stands_on_one_live_invoice(engine: AsyncEngine, key: str) -> None:
    bill = await allocated(engine, key)
    await resale(engine, key)
    first = await draft(engine, key)
    await InvoiceProjection(engine).project(first)
    assert await held(engine, bill) == [first.id]
    second = await draft(engine, key, FIRST_HALF)
    with pytest.raises(ApplicationError) as refused:
        await InvoiceProjection(engine).project(second)
    assert refused.value.type == Failure.WORK_TAKEN
    assert f"vendor bill {bill.id} on" in refused.value.message
    billed = await BilledWorkReader(engine).of(key, [f"cloud:{bill.id}"], FIRST_HALF)
    assert billed.worklogs[f"cloud:{bill.id}"].id == first.id


@pytest.mark.parametrize("status", [Status.VOID, Status.DISCARDED])
async def test_a_withdrawn_invoice_frees_the_bill(engine: AsyncEngine, key: str, status: Status) -> None:
    bill = await allocated(engine, key)
    await resale(engine, key)
    first = await draft(engine, key)
    await InvoiceProjection(engine).project(first)
    withdrawn = first.model_copy(update={"status": status, "revision": first.revision + 1})
    await InvoiceProjection(engine).project(withdrawn)
    assert await held(engine, bill) == []
    second = await draft(engine, key)
    await InvoiceProjection(engine).project(second)
    assert await held(engine, bill) == [second.id]


async def test_another_contract_may_charge_its_own_share(engine: AsyncEngine, key: str) -> None:
    bill = await allocated(engine, key)
    await resale(engine, key)
    first = await draft(engine, key)
    other = f"{key}-B"
    made = content(other, period=APRIL)
    second = invoice(content=made.model_copy(update={"lines": first.content.lines}))
    await InvoiceProjection(engine).project(first)
    await InvoiceProjection(engine).project(second)
    assert sorted(await held(engine, bill)) == sorted([first.id, second.id])


async def test_a_resold_bill_keeps_its_allocation(engine: AsyncEngine, key: str) -> None:
    bill = await allocated(engine, key)
    await resale(engine, key)
    first = await draft(engine, key)
    await InvoiceProjection(engine).project(first)
    version = BillVersion(bill_id=bill.id, version=1)
    assert (await BillMatcher(engine).match(version)).kept
    assert (await costs(engine, key)).costs[0].run == 1
    await InvoiceProjection(engine).project(
        first.model_copy(update={"status": Status.VOID, "revision": first.revision + 1})
    )
    assert not (await BillMatcher(engine).match(version)).kept
    assert (await costs(engine, key)).costs[0].run == 2


async def test_a_new_version_is_allocated_although_the_old_one_is_resold(engine: AsyncEngine, key: str) -> None:
    bill = await allocated(engine, key)
    await resale(engine, key)
    first = await draft(engine, key)
    await InvoiceProjection(engine).project(first)
    lines = [line("44.00", "a", service_name="Droplets")]
    corrected = bill_of(lines, bill.key.provider, id=bill.id, key=bill.key, version=2)
    await store(engine, corrected, lines)
    matched = await BillMatcher(engine).match(BillVersion(bill_id=bill.id, version=2))
    assert (matched.kept, matched.allocations) == (False, 1)
    [cost] = (await costs(engine, key)).costs
    assert (cost.amount, cost.bill_version) == (Decimal("44.00"), 2)
