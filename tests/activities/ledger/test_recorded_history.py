"""The ledger executes and cancels nothing that another history than the recorded one requests."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.invoice.projection import InvoiceProjection
from activities.ledger import recorded_history
from activities.ledger.ledger import Ledger
from models.audit.hash_chain import Event
from models.invoice.effects import EffectState
from models.invoice.invoice import Invoice
from models.values.failure_codes import Failure
from tests.fixtures.database_invoices import events, invoice
from tests.fixtures.vendor import Vendor, VendorSteps, reversal

Use = Callable[[Vendor], Awaitable[Any]]
USES: dict[str, Use] = {
    "execute": lambda vendor: vendor.execute(),
    "cancel": lambda vendor: vendor.ledger.cancel(vendor.request, "switched off"),
    "cancel_for_good": lambda vendor: vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor)),
}


async def recorded(engine: AsyncEngine, journal: tuple[Event, ...]) -> Invoice:
    made = invoice(revision=len(journal), journal=journal, chain=journal[-1].hash)
    await InvoiceProjection(engine).project(made)
    return made


def asks(vendor: Vendor, made: Invoice, revision: int, chain: str) -> None:
    """Let the effect be requested by the workflow of this invoice at this event."""
    named = {"invoice_id": made.id, "key": f"{made.id}:{revision}:accounting", "revision": revision, "chain": chain}
    vendor.request = vendor.request.model_copy(update=named)


@pytest.mark.parametrize("use", USES)
async def test_on_the_recorded_history(vendor: Vendor, engine: AsyncEngine, use: str) -> None:
    made = await recorded(engine, events(3))
    asks(vendor, made, 2, made.journal[1].hash)
    await USES[use](vendor)
    assert (await vendor.ledger.find(vendor.request.key)) is not None


@pytest.mark.parametrize("use", USES)
async def test_on_another_history(vendor: Vendor, engine: AsyncEngine, use: str) -> None:
    made = await recorded(engine, events(3))
    other = events(3, by="somebody else")
    asks(vendor, made, 3, other[2].hash)
    with pytest.raises(ApplicationError, match="different content") as refused:
        await USES[use](vendor)
    assert (refused.value.type, refused.value.non_retryable) == (Failure.AUDIT_BROKEN, True)
    assert vendor.created == []
    assert await vendor.ledger.find(vendor.request.key) is None


async def test_a_receipt_of_the_recorded_history_is_not_given_to_another_one(
    vendor: Vendor, engine: AsyncEngine
) -> None:
    made = await recorded(engine, events(3))
    asks(vendor, made, 3, made.chain)
    assert (await vendor.execute()).state is EffectState.DONE
    asks(vendor, made, 3, events(3, by="somebody else")[2].hash)
    with pytest.raises(ApplicationError):
        await vendor.execute()


async def test_a_revision_that_is_not_saved_yet_is_awaited(vendor: Vendor, engine: AsyncEngine) -> None:
    made = await recorded(engine, events(3))
    journal = events(4)
    asks(vendor, made, 4, journal[3].hash)
    waiting = asyncio.create_task(vendor.execute())
    saved = made.model_copy(update={"revision": 4, "journal": journal, "chain": journal[3].hash})
    await InvoiceProjection(engine).project(saved)
    assert (await waiting).vendor_id == "v-1"


async def test_a_revision_that_is_never_saved_is_never_executed(
    vendor: Vendor, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded_history, "LONGEST_POLL_SECONDS", 0.1)
    made = await recorded(engine, events(3))
    asks(vendor, made, 4, events(4)[3].hash)
    with pytest.raises(ApplicationError) as waiting:
        await vendor.execute()
    assert (waiting.value.type, waiting.value.non_retryable) == (Failure.NOT_RECORDED, False)
    assert vendor.created == []


async def test_a_request_of_an_earlier_release_names_no_event(ledger: Ledger) -> None:
    vendor = Vendor(ledger)
    assert vendor.request.revision is None
    assert (await ledger.execute(vendor.request, VendorSteps(vendor))).vendor_id == "v-1"
