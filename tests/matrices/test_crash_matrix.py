"""The worker is killed with SIGKILL at three points of each effect and started again: one effect exists at the vendor.

Each effect is executed three times, for three invoices: one stops before it sends, one after the vendor has executed
its request and before the answer arrives, one after the answer and before it is recorded. When all have arrived at
their points, the worker is killed. A message to Telegram and a webhook are killed at the same points; `messages.py`
says what once means of them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
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
from tests.matrices.execute_effect import ExecuteEffect
from tests.matrices.messages import Message, MessageKind, Messages
from tests.matrices.report import CRASHES, print_table
from tests.matrices.running import WorkerProcess
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
ONCE = "one effect, done"
# What is in doubt is not sent again to Telegram, and is sent again to a receiver of webhooks.
EXPECTED_OF = {
    MessageKind.TELEGRAM: {
        BEFORE_SEND: "unknown, not arrived",
        AFTER_SEND: "unknown, arrived",
        BEFORE_RECORD: "unknown, arrived",
    },
    MessageKind.WEBHOOK: {
        BEFORE_SEND: "received once",
        AFTER_SEND: "received twice, one id",
        BEFORE_RECORD: "received twice, one id",
    },
}


@dataclass(frozen=True)
class Cell:
    """What is killed at one point: `mark` is in its request, `key` names it to the worker that stops there."""

    name: str
    point: str
    vendor: str
    mark: bytes
    key: str
    start: Callable[[], Awaitable[object]]
    result: Callable[[], Awaitable[str]]


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
        cells = await _effects(vendors, engine, temporal) + await _messages(Messages(engine, vendors, temporal))
        worker.kill()
        for stopped in _rounds(cells):
            await _kill_at_the_points(stopped, worker, vendors)
        worker.start({})
        results = await asyncio.gather(*(cell.result() for cell in cells))
    finally:
        worker.kill()
    found = {(cell.name, cell.point): result for cell, result in zip(cells, results, strict=True)}
    print_table(CRASHES, "effect", [*NAMES, *EXPECTED_OF], POINTS, found)
    expected = {(name, point): ONCE for name in NAMES for point in POINTS}
    assert found == expected | {(to, point): each for to, row in EXPECTED_OF.items() for point, each in row.items()}


async def _effects(vendors: Vendors, engine: AsyncEngine, temporal: Client) -> list[Cell]:
    async def execute(request: EffectRequest) -> Receipt:
        outcome = await running.outcome(await running.start(temporal, request))
        assert isinstance(outcome, Receipt), outcome
        return outcome

    def cell(name: EffectName, point: str, case: Case) -> Cell:
        start, result = partial(running.start, temporal, case.request), partial(_result, case, temporal, Ledger(engine))
        return Cell(name, point, case.vendor, case.mark, case.request.key, start, result)

    prepare = Preparation(engine, vendors, execute)
    places = [(name, point) for name in NAMES for point in POINTS]
    cases = await asyncio.gather(*(prepare.case(name) for name, _ in places))
    return [cell(name, point, case) for (name, point), case in zip(places, cases, strict=True)]


async def _messages(messages: Messages) -> list[Cell]:
    def cell(point: str, message: Message) -> Cell:
        start, result = partial(messages.start, message), partial(messages.result, message)
        return Cell(message.kind, point, message.vendor, message.mark.encode(), message.mark, start, result)

    await messages.add_endpoint()
    return [cell(point, await messages.add(kind)) for kind in MessageKind for point in POINTS]


def _rounds(cells: list[Cell]) -> Iterator[list[Cell]]:
    """Yield the cells that are killed together. A client of PlanFact sends one write at a time.

    The messages come with one of these writes: in the large first round their requests could run into a timeout.
    """
    alone = [cell for cell in cells if cell.point == AFTER_SEND and cell.vendor == "planfact"]
    messages = [cell for cell in cells if cell.name in EXPECTED_OF]
    yield [cell for cell in cells if cell not in alone and cell not in messages]
    for cell in alone:
        yield [cell, *messages]
        messages = []


async def _kill_at_the_points(cells: list[Cell], worker: WorkerProcess, vendors: Vendors) -> None:
    """Start the executions, and kill the worker when each has arrived at its point."""
    held = [cell for cell in cells if cell.point == AFTER_SEND]
    for cell in held:
        vendors.lines[cell.vendor].held.add(cell.mark)
    worker.start({cell.key: cell.point for cell in cells if cell not in held})
    for cell in cells:
        await cell.start()
    await running.until_all((f"{c.name} {c.point}", partial(_has_arrived, c, vendors, worker)) for c in cells)
    worker.kill()
    for cell in held:
        vendors.lines[cell.vendor].held.discard(cell.mark)


def _has_arrived(cell: Cell, vendors: Vendors, worker: WorkerProcess) -> bool:
    if cell.point == AFTER_SEND:
        return vendors.lines[cell.vendor].reached[cell.mark] == 1
    return worker.is_stopped(cell.key)


async def _result(case: Case, temporal: Client, ledger: Ledger) -> str:
    """Return the cell of the table: one effect with a receipt of its record, or what differs from that."""
    key = case.request.key
    outcome = await running.outcome(temporal.get_workflow_handle_for(ExecuteEffect.run, key))
    if not isinstance(outcome, Receipt):
        return f"not done: {outcome}"
    entry, records = await ledger.find(key), case.records()
    if entry is None or entry.state is not EffectState.DONE:
        return f"the ledger says {entry and entry.state}"
    if [each.lower() for each in records] != [str(outcome.vendor_id).lower()] or entry.vendor_id != outcome.vendor_id:
        return f"the vendor has {records}, the receipt {outcome.vendor_id}, the ledger {entry.vendor_id}"
    return ONCE
