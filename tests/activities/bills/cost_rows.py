"""Resources, rules, matches and allocations of tests, as rows of PostgreSQL."""

import json
from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel, col

from activities.bills.allocation import LINES_OF
from activities.bills.matching import BillMatcher
from models.bills.allocation.tables import AllocationRuleRow, AllocationRun, CostAllocationRow
from models.bills.bill import Bill
from models.bills.matching.ports import BillVersion, Matched
from models.bills.matching.tables import CloudResourceRow, CostMatchRow
from tests.fixtures.cloud_bills import unique


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
