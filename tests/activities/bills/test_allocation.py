"""Allocation on PostgreSQL (docs/specification/bills.md 9)."""

from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.bills.allocation.shares import exact_sum
from models.bills.cost_line import ChargeCategory
from tests.activities.bills.cost_rows import add_resource, add_rule, allocations, match, positions
from tests.fixtures.cloud_bills import line, stored_bill, unique


@pytest.fixture
def provider() -> str:
    return unique("provider")


async def test_each_line_goes_to_the_first_rule_that_fits(engine: AsyncEngine, provider: str) -> None:
    name = await add_resource(engine, provider, unique("res"), name="web-1", tags={"team": "blue"}, project="inner")
    by_tag = await add_rule(engine, provider, 2, [("APP-T", "100")], tag="team", tag_value="blue", service="Droplets")
    by_resource = await add_rule(engine, provider, 3, [("APP-R", "100")], resource=name, service="Volumes")
    by_service = await add_rule(engine, provider, 1, [("APP-1", "33.3333"), ("APP-2", "66.6667")], service="bandwidth")
    by_project = await add_rule(engine, provider, 4, [("APP-P", "100")], project="Zenit")
    bill = await stored_bill(
        engine,
        [
            line("1.00", "overage", service_name="Bandwidth", tags={"team": "blue"}),  # 1: by_service
            line("2.00", "a", service_name="Droplets", tags={"team": "blue"}),  # 2: the line's tag
            line("3.00", "web-1 (s)", service_name="Droplets"),  # 3: the resource's tag
            line("4.00", "web-1 (s)", service_name="Volumes"),  # 4: by_resource
            line("5.00", "b", service_name="Spaces", project_name="zenit"),  # 5: by_project
            line("6.00", "web-1 (s)", service_name="Backups"),  # 6: the resource's project
            line("7.00", "c", service_name="Spaces"),  # 7: nobody
            line("-0.10", "credit", service_name="Spaces", charge_category=ChargeCategory.CREDIT),  # 8: nobody
            line("2.79", "GST", charge_category=ChargeCategory.TAX),
        ],
        provider,
    )
    await match(engine, bill)
    found = await allocations(engine, bill)
    shown = [
        (each.rule, each.target_key, each.service, each.amount, await positions(engine, bill, each)) for each in found
    ]
    assert shown == [
        (by_service, "APP-1", "Bandwidth", Decimal("0.333333"), [1]),
        (by_service, "APP-2", "Bandwidth", Decimal("0.666667"), [1]),
        (by_tag, "APP-T", "Droplets", Decimal("5.00"), [2, 3]),
        (by_resource, "APP-R", "Volumes", Decimal("4.00"), [4]),
        (by_project, "APP-P", "Spaces", Decimal("5.00"), [5]),
        (None, "inner", "Backups", Decimal("6.00"), [6]),
        (None, None, "Spaces", Decimal("6.90"), [7, 8]),
    ]
    assert sum(each.amount for each in found) == bill.totals.net
    assert sum(each.amount_minor for each in found) == bill.totals.net_minor


async def test_the_lines_are_traced_by_the_rules_of_the_time(engine: AsyncEngine, provider: str) -> None:
    key = await add_rule(engine, provider, 1, [("APP-1", "100")], service="Droplets")
    bill = await stored_bill(engine, [line("1.00", "a", service_name="Droplets")], provider)
    await match(engine, bill)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE allocation_rules SET service = 'x' WHERE id = :id"), {"id": key})
    [found] = await allocations(engine, bill)
    assert await positions(engine, bill, found) == [1]


async def test_costs_of_26_decimals_add_up_exactly(engine: AsyncEngine, provider: str) -> None:
    await add_rule(engine, provider, 1, [("APP-1", "33.3333"), ("APP-2", "66.6667")], service="S")
    costs = ["0.00000000000000000000000001", "123456789.98765432109876543210987654", "-0.005"]
    bill = await stored_bill(engine, [line(cost, str(n), service_name="S") for n, cost in enumerate(costs)], provider)
    await match(engine, bill)
    found = await allocations(engine, bill)
    async with engine.connect() as connection:
        whole = await connection.scalar(
            text("SELECT sum(amount) FROM cost_allocations WHERE bill_id = :id"), {"id": bill.id}
        )
        net = await connection.scalar(text("SELECT net FROM vendor_bills WHERE id = :id"), {"id": bill.id})
    assert whole == net
    assert sum(each.amount_minor for each in found) == bill.totals.net_minor


@pytest.mark.parametrize("seed", range(6))
async def test_every_line_has_one_place_and_no_cost_is_lost(engine: AsyncEngine, provider: str, seed: int) -> None:
    """Bills, resources and rules at random: the amounts add up to the net, and the lines are those of the bill."""
    chance = Random(seed)  # noqa: S311 (no secret)
    services, projects, teams = ["Droplets", "Spaces", None, ""], ["zenit", "Inner", None], ["blue", "red"]
    for n in range(4):
        owner = chance.choice([{"contract": f"APP-{n}"}, {"project": f"p{n}"}, {}])
        tags = {"team": chance.choice(teams)} if chance.random() < 0.5 else {}
        await add_resource(engine, provider, f"{provider}-{n}", name=f"web-{n}", tags=tags, **owner)
    for n in range(5):
        conditions = [
            {"service": "droplets"},
            {"project": "ZENIT"},
            {"tag": "team", "tag_value": "blue"},
            {"tag": "team"},
        ]
        percent = chance.randint(1, 999_999)
        shares = [("APP-A", f"{percent / 10_000:.4f}"), ("APP-B", f"{(1_000_000 - percent) / 10_000:.4f}")]
        fields = chance.choice(conditions) | ({"resource": f"{provider}-{n}"} if chance.random() < 0.3 else {})
        await add_rule(engine, provider, chance.randint(1, 3), chance.choice([shares, [("APP-C", "100")]]), **fields)
    lines = [
        line(
            f"{chance.randint(-(10**9), 10**12)}e-{chance.randint(0, 20)}",
            chance.choice([f"web-{chance.randint(0, 5)} (s)", "overage", ""]),
            service_name=chance.choice(services),
            project_name=chance.choice(projects),
            tags={"team": chance.choice(teams)} if chance.random() < 0.4 else {},
            charge_category=chance.choice([*ChargeCategory]),
        )
        for _ in range(60)
    ]
    bill = await stored_bill(engine, lines, provider)
    await match(engine, bill)
    found = await allocations(engine, bill)
    assert exact_sum([each.amount for each in found]) == bill.totals.net
    assert sum(each.amount_minor for each in found) == bill.totals.net_minor
    # The shares of one rule for one service have the same lines.
    places = {(each.rule, each.service, None if each.rule else (each.source, each.target_key)): each for each in found}
    traced = [position for each in places.values() for position in await positions(engine, bill, each)]
    assert sorted(traced) == [n for n, each in enumerate(lines, 1) if not each.is_tax]
    assert sum(each.line_count for each in places.values()) == len(traced)
