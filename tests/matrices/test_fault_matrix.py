"""Each fault of each vendor, injected into one request that changes something: the effect is done once, or blocked.

All faults happen at the same time, each to the effect of an invoice of its own. Nobody helps afterwards: what is not
blocked with a message completes by itself. Of Telegram and of webhooks `messages.py` says what once means.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
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
from tests.matrices.messages import MessageKind, Messages
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
K = FaultKind
# Nothing was executed, and the sender knows it: the request is sent again.
NOT_EXECUTED = {K.OUTAGE, K.LOCK, K.HTML_502, K.TLS}
# Nothing was executed, but that cannot be told from a request whose answer was lost.
CUT_OFF = K.RESET_BEFORE
# A receiver has answered 200 before its answer breaks; only Telegram has to say which message it sent.
ANSWERED = {K.EMPTY_200, K.MALFORMED}


def in_chat(kind: FaultKind) -> str:
    """Return what becomes of a message in Telegram: it is sent at most once."""
    if kind is K.REFUSED:
        return "refused, nothing sent"
    if kind in NOT_EXECUTED:
        return "sent once"
    return "unknown, not arrived" if kind is CUT_OFF else "unknown, arrived"


def at_receiver(kind: FaultKind) -> str:
    """Return what becomes of a webhook, which is sent again after everything but a 2xx."""
    is_sent_once = kind in NOT_EXECUTED | ANSWERED | {K.REFUSED, CUT_OFF}
    return "received once" if is_sent_once else "received twice, one id"


COLUMNS: dict[str, str] = {name.value: title for name, title in VENDORS.items()} | {to.value: to for to in MessageKind}
EXPECTED_OF = {MessageKind.TELEGRAM: in_chat, MessageKind.WEBHOOK: at_receiver}


@pytest.fixture
async def vendors(stack: Stack, tmp_path: Path) -> AsyncIterator[Vendors]:
    async with Vendors.behind_lines(stack, tmp_path, timeout_seconds=4) as behind:
        yield behind


async def test_each_fault_ends_in_one_effect_or_none(
    vendors: Vendors, engine: AsyncEngine, temporal: Client, tmp_path: Path
) -> None:
    worker = WorkerProcess(vendors.environment, tmp_path)
    prepare, messages = Preparation(engine, vendors, _needs_no_original), Messages(engine, vendors, temporal)
    cells = {(kind, name): await prepare.case(name) for kind in FaultKind for name in VENDORS}
    await messages.add_endpoint()
    told = {(kind, to): await messages.add(to) for kind in FaultKind for to in MessageKind}
    met = [running.start(temporal, case.request) for (kind, _), case in cells.items() if kind is K.TLS]
    met += [messages.start(message) for (kind, _), message in told.items() if kind is K.TLS]
    try:
        worker.start({})
        await _meet_untrusted_certificates(met, vendors)
        for (kind, _), case in cells.items():
            if kind is not K.TLS:
                vendors.lines[case.vendor].faults[case.mark] = kind
        for (kind, _), message in told.items():
            if kind is not K.TLS:
                vendors.lines[message.vendor].faults[message.mark.encode()] = kind
        executions = [await running.start(temporal, case.request) for case in cells.values()]
        await asyncio.gather(*map(messages.start, told.values()))
        outcomes = await asyncio.gather(*map(running.outcome, executions))
        results = await asyncio.gather(*map(messages.result, told.values()))
    finally:
        worker.kill()
    assert not any(line.faults for line in vendors.lines.values())
    found: dict[tuple[FaultKind, str], str] = dict(zip(told, results, strict=True))
    for (kind, name), outcome in zip(cells, outcomes, strict=True):
        found[kind, name] = await _result(cells[kind, name], outcome, Ledger(engine))
    print_table(FAULTS, "fault", FaultKind, COLUMNS, found)
    expected = {place: BLOCKED if place[0] is FaultKind.REFUSED else DONE for place in cells}
    assert found == expected | {(kind, to): EXPECTED_OF[to](kind) for kind, to in told}


async def _needs_no_original(request: EffectRequest) -> Receipt:
    raise AssertionError(f"{request.name} needs no effect before it")


async def _meet_untrusted_certificates(sendings: Iterable[Awaitable[object]], vendors: Vendors) -> None:
    """Start what meets an untrusted certificate; return when each has met it."""
    for line in vendors.lines.values():
        line.untrusted_connections = 1
    await asyncio.gather(*sendings)
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
