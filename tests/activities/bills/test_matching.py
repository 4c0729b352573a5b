"""Matching and allocation on PostgreSQL (docs/specification/bills.md 8, 9)."""

import json
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, col

from activities.bills.allocation import LINES_OF
from activities.bills.matching import BillMatcher, BillVersionUnknown
from models.bills.allocation.shares import exact_sum
from models.bills.allocation.tables import AllocationRuleRow, AllocationRun, CostAllocationRow
from models.bills.bill import Bill
from models.bills.cost_line import ChargeCategory
from models.bills.matching.ports import BillVersion, Matched
from models.bills.matching.tables import CloudResourceRow, CostMatchRow, SettledMatchRow
from tests.fixtures.cloud_bills import line, stored_bill, unique

DROPLET = "zenit-nodo-do (s-1vcpu-2gb)"


@pytest.fixture
def provider() -> str:
    return unique("provider")


async def add(engine: AsyncEngine, table: type[SQLModel], **values: Any) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(table).values(**values))


async def add_resource(engine: AsyncEngine, provider: str, resource: str, **fields: Any) -> str:
    row: dict[str, Any] = {
        "id": f"{resource}.{provider}",
        "resource": resource,
        "provider": provider,
        "provider_resource_id": None,
        "name": None,
        "size": None,
        "tags": {},
        "owner": "",
        "project": None,
        "client": None,
        "contract": None,
        "description": "",
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "active": True,
    }
    await add(engine, CloudResourceRow, **(row | fields))
    return resource


async def add_rule(
    engine: AsyncEngine, provider: str, position: int, shares: list[tuple[str, str]], **fields: Any
) -> str:
    key = unique("rule")
    row = {
        "id": key,
        "rule": key,
        "position": position,
        "provider": provider,
        "tag": None,
        "tag_value": None,
        "resource": None,
        "service": None,
        "project": None,
        "shares": [{"kind": "contract", "key": name, "percent": percent} for name, percent in shares],
        "description": "",
        "valid_from": date(2026, 1, 1),
        "valid_to": None,
        "active": True,
    }
    await add(engine, AllocationRuleRow, **(row | fields))
    return key


async def match(engine: AsyncEngine, bill: Bill) -> Matched:
    return await BillMatcher(engine).match(BillVersion(bill_id=bill.id, version=bill.version))


async def matches(engine: AsyncEngine, bill: Bill) -> dict[str, Any]:
    query = select(*CostMatchRow.__table__.c).where(  # type: ignore[attr-defined]
        col(CostMatchRow.bill_id) == bill.id, col(CostMatchRow.version) == bill.version
    )
    async with engine.connect() as connection:
        return {row.resource_key: row for row in await connection.execute(query)}


async def allocations(engine: AsyncEngine, bill: Bill) -> list[Any]:
    query = select(*CostAllocationRow.__table__.c).where(  # type: ignore[attr-defined]
        col(CostAllocationRow.bill_id) == bill.id, col(CostAllocationRow.version) == bill.version
    )
    async with engine.connect() as connection:
        return list(await connection.execute(query.order_by(col(CostAllocationRow.number))))


async def positions(engine: AsyncEngine, bill: Bill, allocation: Any) -> list[int]:
    """Return the positions of the lines of an allocation."""
    async with engine.connect() as connection:
        run = await connection.scalar(
            select(col(AllocationRun.rules)).where(
                col(AllocationRun.bill_id) == bill.id, col(AllocationRun.version) == bill.version
            )
        )
        given = {
            "bill_id": bill.id,
            "version": bill.version,
            "rules": json.dumps(run),
            "place": allocation.rule_position,
            "service": allocation.service,
            "source": allocation.source,
            "target_kind": allocation.target_kind,
            "target_key": allocation.target_key,
            "after": 0,
            "limit": 100,
        }
        return [row.position for row in await connection.execute(LINES_OF, given)]


async def test_keys_are_made_of_the_id_the_name_or_the_text(engine: AsyncEngine, provider: str) -> None:
    bill = await stored_bill(
        engine,
        [
            line("1.00", DROPLET, resource_id="8812", service_name="Droplets"),
            line("2.00", DROPLET, service_name="Droplets"),
            line("2.50", DROPLET, service_name="Backups"),
            line("3.00", "anything", resource_name="web-1", service_name="Volumes"),
            line("4.00", "Bandwidth overage", service_name="Bandwidth"),
            line("0.70", "GST", charge_category=ChargeCategory.TAX, service_name="Taxes"),
            line("0.50", "x" * 2000, service_name="Long"),
        ],
        provider,
    )
    assert await match(engine, bill) == Matched(matched=0, shared=0, ignored=0, unmatched=5, allocations=5)
    found = await matches(engine, bill)
    named = found["name:" + DROPLET]
    assert (named.kind, named.name, named.size) == ("name", "zenit-nodo-do", "s-1vcpu-2gb")
    assert (named.line_count, named.amount) == (2, Decimal("4.50"))
    assert found["id:8812"].provider_resource_id == "8812"
    assert found["name:web-1"].size is None
    assert found["text:Bandwidth: Bandwidth overage"].kind == "text"
    [long] = [key for key in found if key.startswith("text:Long")]
    assert len(long) == 600 + 1 + 32


@pytest.mark.parametrize(
    ("resource", "described", "outcome", "confidence", "reason"),
    [
        ({"provider_resource_id": "8812"}, {"resource_id": "8812"}, "matched", 100, "resource_id"),
        ({"name": "Zenit-Nodo-DO", "size": "s-1vcpu-2gb"}, {}, "matched", 90, "name_and_size"),
        ({"name": "zenit-nodo-do"}, {}, "matched", 70, "name"),
        ({"name": "zenit-nodo-do", "size": "s-8vcpu"}, {}, "unmatched", 50, "name_other_size"),
        (
            {"name": "zenit-nodo-do", "size": "s-1vcpu-2gb", "provider_resource_id": "1"},
            {"resource_id": "2"},
            "unmatched",
            40,
            "name_other_id",
        ),
        ({"name": "another"}, {}, "unmatched", 0, "not_known"),
        ({"name": "zenit-nodo-do", "active": False}, {}, "unmatched", 0, "not_known"),
        ({"name": "zenit-nodo-do", "valid_to": date(2026, 3, 31)}, {}, "unmatched", 0, "not_known"),
        ({"name": "zenit-nodo-do", "valid_from": date(2026, 4, 30)}, {}, "matched", 70, "name"),
    ],
)
async def test_a_key_is_matched_with_its_confidence(
    engine: AsyncEngine,
    provider: str,
    resource: dict[str, Any],
    described: dict[str, Any],
    outcome: str,
    confidence: int,
    reason: str,
) -> None:
    name = await add_resource(engine, provider, unique("res"), **resource)
    bill = await stored_bill(engine, [line("1.00", DROPLET, **described)], provider)
    await match(engine, bill)
    [found] = (await matches(engine, bill)).values()
    assert (found.outcome, found.confidence, found.reason) == (outcome, confidence, reason)
    assert found.resource == (name if outcome == "matched" else None)
    proposed = outcome == "unmatched" and confidence > 0
    assert [each["resource"] for each in found.candidates] == ([name] if proposed else [])


async def test_equal_candidates_are_left_to_a_person(engine: AsyncEngine, provider: str) -> None:
    names = sorted([unique("res"), unique("res")])
    for name in names:
        await add_resource(engine, provider, name, name="zenit-nodo-do", size="s-1vcpu-2gb")
    bill = await stored_bill(engine, [line("1.00", DROPLET)], provider)
    await match(engine, bill)
    [found] = (await matches(engine, bill)).values()
    assert (found.outcome, found.reason, found.confidence) == ("unmatched", "ambiguous", 0)
    assert [each["resource"] for each in found.candidates] == names


async def test_what_a_person_settled_comes_first(engine: AsyncEngine, provider: str) -> None:
    name = await add_resource(engine, provider, unique("res"), name="web-1", contract="APP-1")
    settled = {"provider": provider, "note": "", "settled_by": "eve"}
    await add(engine, SettledMatchRow, resource_key="name:" + DROPLET, outcome="matched", resource=name, **settled)
    await add(engine, SettledMatchRow, resource_key="text:B: overage", outcome="shared", resource=None, **settled)
    await add(engine, SettledMatchRow, resource_key="text:B: trial", outcome="ignored", resource=None, **settled)
    await add(engine, SettledMatchRow, resource_key="text:B: gone", outcome="matched", resource="gone", **settled)
    rows = [line("1", DROPLET), *(line("1", text, service_name="B") for text in ("overage", "trial", "gone"))]
    bill = await stored_bill(engine, rows, provider)
    counted = await match(engine, bill)
    assert (counted.matched, counted.shared, counted.ignored, counted.unmatched) == (1, 1, 1, 1)
    found = await matches(engine, bill)
    assert (found["name:" + DROPLET].resource, found["name:" + DROPLET].reason) == (name, "settled")
    assert found["text:B: gone"].reason == "settled_not_valid"


async def test_a_repetition_replaces_what_was_there(engine: AsyncEngine, provider: str) -> None:
    bill = await stored_bill(engine, [line("1.00", DROPLET)], provider)
    assert (await match(engine, bill)).unmatched == 1
    await add_resource(engine, provider, unique("res"), name="zenit-nodo-do", contract="APP-1")
    assert await match(engine, bill) == Matched(matched=1, shared=0, ignored=0, unmatched=0, allocations=1)
    [found] = await allocations(engine, bill)
    assert (found.target_kind, found.target_key, found.source) == ("contract", "APP-1", "resource")


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


async def test_an_unknown_version_is_refused(engine: AsyncEngine) -> None:
    with pytest.raises(BillVersionUnknown):
        await BillMatcher(engine).match(BillVersion(bill_id="none", version=1))
