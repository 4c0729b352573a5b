"""Matching on PostgreSQL (docs/specification/bills.md 8)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.matching import BillMatcher, BillVersionUnknown
from models.bills.cost_line import ChargeCategory
from models.bills.matching.ports import BillVersion, Matched
from models.bills.matching.tables import SettledMatchRow
from tests.activities.bills.cost_rows import add, add_resource, allocations, match, matches
from tests.fixtures.cloud_bills import line, stored_bill, unique

DROPLET = "zenit-nodo-do (s-1vcpu-2gb)"


@pytest.fixture
def provider() -> str:
    return unique("provider")


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


async def test_an_unknown_version_is_refused(engine: AsyncEngine) -> None:
    with pytest.raises(BillVersionUnknown):
        await BillMatcher(engine).match(BillVersion(bill_id="none", version=1))
