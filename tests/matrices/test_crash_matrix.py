"""The worker is killed with SIGKILL at three points of each effect and started again: one effect exists at the vendor.

Each effect is executed three times, for three invoices: one stops before it sends, one after the vendor has executed
its request and before the answer arrives, one after the answer and before it is recorded. When all have arrived at
their points, the worker is killed.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.ledger.ledger import Ledger
from local.stack.stack import Stack
from models.invoice.effects import EFFECTS, EffectKind, EffectName, EffectState, Receipt
from models.invoice.ports import EffectRequest
from tests.matrices import running
from tests.matrices.cases import Case, Preparation
from tests.matrices.report import CRASHES, print_table
from tests.matrices.running import Execution, WorkerProcess
from tests.matrices.vendors import Vendors
from tests.matrices.worker_process import BEFORE_RECORD, BEFORE_SEND

pytestmark = pytest.mark.timeout(900)

AFTER_SEND = "after_send"
POINTS = {
    BEFORE_SEND: "before it is sent",
    AFTER_SEND: "sent, before the reply",
    BEFORE_RECORD: "after the reply, before it is recorded",
}
NAMES = [name for name, spec in EFFECTS.items() if spec.kind is EffectKind.EXTERNAL]


@dataclass(frozen=True)
class Cell:
    """One effect that is killed at one point."""

    name: EffectName
    point: str
    case: Case


@pytest.fixture
async def vendors(stack: Stack, tmp_path: Path) -> AsyncIterator[Vendors]:
    async with Vendors.behind_lines(stack, tmp_path, timeout_seconds=100) as behind:
        yield behind


async def test_each_effect_is_executed_once(
    vendors: Vendors, engine: AsyncEngine, temporal: Client, tmp_path: Path
) -> None:
    worker = WorkerProcess(vendors.environment, tmp_path)
    try:
        worker.start({})
        cells = await _prepare(vendors, engine, temporal)
        worker.kill()

        executions: dict[str, Execution] = {}
        for stopped in _rounds(cells):
            await _kill_at_the_points(stopped, worker, vendors, temporal, executions)
        worker.start({})
        outcomes = await asyncio.gather(*(running.outcome(executions[cell.case.request.key]) for cell in cells))
    finally:
        worker.kill()
    ledger = Ledger(engine)
    found = {}
    for cell, outcome in zip(cells, outcomes, strict=True):
        found[cell.name, cell.point] = await _problem(cell, outcome, ledger) or "one effect, done"
    print_table(CRASHES, "effect", NAMES, POINTS, found)
    assert set(found.values()) == {"one effect, done"}, found


async def _prepare(vendors: Vendors, engine: AsyncEngine, temporal: Client) -> list[Cell]:
    async def execute(request: EffectRequest) -> Receipt:
        outcome = await running.outcome(await running.start(temporal, request))
        assert isinstance(outcome, Receipt), outcome
        return outcome

    prepare = Preparation(engine, vendors, execute)
    places = [(name, point) for name in NAMES for point in POINTS]
    cases = await asyncio.gather(*(prepare.case(name) for name, _ in places))
    return [Cell(name, point, case) for (name, point), case in zip(places, cases, strict=True)]


def _rounds(cells: list[Cell]) -> Iterator[list[Cell]]:
    """Yield the cells that are killed together. A client of PlanFact sends one write at a time."""
    alone = [cell for cell in cells if cell.point == AFTER_SEND and cell.case.vendor == "planfact"]
    yield [cell for cell in cells if cell not in alone]
    for cell in alone:
        yield [cell]


async def _kill_at_the_points(
    cells: list[Cell], worker: WorkerProcess, vendors: Vendors, temporal: Client, executions: dict[str, Execution]
) -> None:
    """Start the executions, and kill the worker when each has arrived at its point."""
    held = [cell for cell in cells if cell.point == AFTER_SEND]
    for cell in held:
        vendors.lines[cell.case.vendor].held.add(cell.case.mark)
    worker.start({cell.case.request.key: cell.point for cell in cells if cell not in held})
    for cell in cells:
        executions[cell.case.request.key] = await running.start(temporal, cell.case.request)
    await running.until_all((f"{c.name} {c.point}", partial(_has_arrived, c, vendors, worker)) for c in cells)
    worker.kill()
    for cell in held:
        vendors.lines[cell.case.vendor].held.discard(cell.case.mark)


def _has_arrived(cell: Cell, vendors: Vendors, worker: WorkerProcess) -> bool:
    if cell.point == AFTER_SEND:
        return vendors.lines[cell.case.vendor].reached[cell.case.mark] == 1
    return worker.is_stopped(cell.case.request.key)


async def _problem(cell: Cell, outcome: object, ledger: Ledger) -> str | None:
    """Return what differs from one effect with a receipt of its record; None if nothing does."""
    if not isinstance(outcome, Receipt):
        return f"not done: {outcome}"
    entry, records = await ledger.find(cell.case.request.key), cell.case.records()
    if entry is None or entry.state is not EffectState.DONE:
        return f"the ledger says {entry and entry.state}"
    if [each.lower() for each in records] != [str(outcome.vendor_id).lower()] or entry.vendor_id != outcome.vendor_id:
        return f"the vendor has {records}, the receipt {outcome.vendor_id}, the ledger {entry.vendor_id}"
    return None
