"""Each fault of each vendor, injected into one request that changes something: the effect is done once, or blocked.

All faults happen at the same time, each to the effect of an invoice of its own. Nobody helps afterwards: what is not
blocked with a message completes by itself.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.ledger.ledger import Ledger
from local.stack.stack import Stack
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.ports import EffectRequest
from models.values.failure_codes import Failure
from tests.fixtures.vendor_line import FaultKind, VendorLine
from tests.matrices import running
from tests.matrices.cases import Case, Preparation
from tests.matrices.report import FAULTS, print_table
from tests.matrices.running import WorkerProcess
from tests.matrices.vendors import Vendors

pytestmark = pytest.mark.timeout(900)

DONE, BLOCKED = "done once", "blocked, nothing sent"
VENDORS = {
    EffectName.ACCOUNTING: "PlanFact",
    EffectName.EINVOICE: "Didox",
    EffectName.EMAIL: "mail",
    EffectName.ARCHIVE: "archive",
}


@pytest.fixture
async def vendors(stack: Stack, tmp_path: Path) -> AsyncIterator[Vendors]:
    async with Vendors.behind_lines(stack, tmp_path, timeout_seconds=4) as behind:
        yield behind


async def test_each_fault_ends_in_one_effect_or_none(
    vendors: Vendors, engine: AsyncEngine, temporal: Client, tmp_path: Path
) -> None:
    worker = WorkerProcess(vendors.environment, tmp_path)
    prepare = Preparation(engine, vendors, _needs_no_original)
    cells = {(kind, name): await prepare.case(name) for kind in FaultKind for name in VENDORS}
    try:
        worker.start({})
        await _meet_untrusted_certificates(cells, vendors, temporal)
        for (kind, _), case in cells.items():
            if kind is not FaultKind.TLS:
                vendors.lines[case.vendor].faults[case.mark] = kind
        executions = [await running.start(temporal, case.request) for case in cells.values()]
        outcomes = await asyncio.gather(*map(running.outcome, executions))
    finally:
        worker.kill()
    assert not any(line.faults for line in vendors.lines.values())
    found = {}
    for (place, case), outcome in zip(cells.items(), outcomes, strict=True):
        found[place] = await _result(case, outcome, Ledger(engine))
    print_table(FAULTS, "fault", FaultKind, VENDORS, found)
    expected = {place: BLOCKED if place[0] is FaultKind.REFUSED else DONE for place in cells}
    assert found == expected


async def _needs_no_original(request: EffectRequest) -> Receipt:
    raise AssertionError(f"{request.name} needs no effect before it")


async def _meet_untrusted_certificates(
    cells: dict[tuple[FaultKind, EffectName], Case], vendors: Vendors, temporal: Client
) -> None:
    """Start the effects that meet an untrusted certificate; return when each has met it."""
    for line in vendors.lines.values():
        line.untrusted_connections = 1
    for (kind, _), case in cells.items():
        if kind is FaultKind.TLS:
            await running.start(temporal, case.request)
    await running.until_all((name, partial(_has_met, line)) for name, line in vendors.lines.items())


def _has_met(line: VendorLine) -> bool:
    return line.untrusted_connections == 0


async def _result(case: Case, outcome: object, ledger: Ledger) -> str:
    """Return the cell of the table, or what is wrong."""
    records, entry = case.records(), await ledger.find(case.request.key)
    if not isinstance(outcome, Receipt):
        is_refused = getattr(outcome, "type", None) == Failure.VENDOR_REFUSED
        return BLOCKED if is_refused and not records else f"{outcome}; {records}"
    if [each.lower() for each in records] != [str(outcome.vendor_id).lower()]:
        return f"{records} for {outcome.vendor_id}"
    return DONE if entry and entry.state is EffectState.DONE else f"the ledger says {entry and entry.state}"
