"""An attempt without an answer may still take effect: it is not repeated, forgotten or compensated too early."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.errors import Ambiguous, ClientError, Permanent, RateLimited, Transient
from activities.ledger.entry import SETTLING, Found, NotNeeded
from activities.ledger.ledger import FOUND, SECOND_LOOK, Ledger
from models.invoice.effects import EffectState
from models.values.failure_codes import Failure
from tests.fixtures.vendor import Vendor, WorkerKilled, reversal

MINUTE = timedelta(minutes=1)
LOST = "PlanFact did not answer in time"
TROUBLES = [
    Transient("PlanFact could not be reached"),
    RateLimited("PlanFact asks to slow down", timedelta(seconds=3)),
    Permanent("PlanFact does not accept our API key", vendor_message="Unauthorized", status=401),
]


@pytest.fixture
async def unanswered(vendor: Vendor) -> Vendor:
    """A vendor after an attempt without an answer; the vendor has no record, but it may still appear."""
    vendor.fails = [Ambiguous(LOST)]
    with pytest.raises(Ambiguous):
        await vendor.execute(settle=MINUTE)
    return vendor


async def aged(vendor: Vendor, by: timedelta) -> None:
    statement = text("UPDATE external_effects SET last_tried_at = last_tried_at - :by WHERE key = :key")
    async with vendor.ledger.engine.begin() as connection:
        await connection.execute(statement, {"by": by, "key": vendor.request.key})


async def test_a_record_counts_as_absent_only_after_the_settle_time(unanswered: Vendor) -> None:
    with pytest.raises(ApplicationError, match="not repeated before") as waiting:
        await unanswered.execute(settle=MINUTE)
    assert (waiting.value.type, waiting.value.non_retryable) == (SETTLING, False)
    assert waiting.value.category is ApplicationErrorCategory.BENIGN
    assert waiting.value.next_retry_delay is not None
    assert timedelta(seconds=30) < waiting.value.next_retry_delay <= MINUTE
    assert (unanswered.created, await unanswered.state()) == ([], EffectState.UNKNOWN)
    await aged(unanswered, MINUTE)
    with pytest.raises(ApplicationError, match="searched once more"):
        await unanswered.execute(settle=MINUTE)
    assert unanswered.created == ["v-1"]
    await aged(unanswered, SECOND_LOOK * MINUTE)
    assert (await unanswered.execute(settle=MINUTE)).attempts == 2
    assert unanswered.created == ["v-1"]


async def test_a_record_that_appears_late_is_found_and_not_repeated(unanswered: Vendor) -> None:
    with pytest.raises(ApplicationError):
        await unanswered.execute(settle=MINUTE)
    unanswered.created = ["v-late"]
    receipt = await unanswered.execute(settle=MINUTE)
    assert (receipt.vendor_id, receipt.note, receipt.attempts) == ("v-late", FOUND, 1)
    assert unanswered.created == ["v-late"]


async def test_the_settle_time_applies_after_a_killed_worker(vendor: Vendor) -> None:
    vendor.fails = [WorkerKilled()]
    with pytest.raises(WorkerKilled):
        await vendor.execute(settle=MINUTE)
    with pytest.raises(ApplicationError) as waiting:
        await vendor.execute(settle=MINUTE)
    assert waiting.value.type == SETTLING


async def test_the_settle_time_begins_when_the_attempt_ends(vendor: Vendor) -> None:
    """The request may have waited before it was sent."""

    async def create() -> Found:
        await aged(vendor, 2 * MINUTE)
        raise Ambiguous(LOST)

    with pytest.raises(Ambiguous):
        await vendor.execute(on_create=create)
    with pytest.raises(ApplicationError) as waiting:
        await vendor.execute(settle=MINUTE)
    assert waiting.value.type == SETTLING


@pytest.mark.parametrize("trouble", TROUBLES[:2])
async def test_an_attempt_that_did_nothing_does_not_settle_an_earlier_one(
    unanswered: Vendor, trouble: ClientError
) -> None:
    """A 429 may mean that the vendor is still executing the earlier request."""
    await aged(unanswered, MINUTE)
    unanswered.fails = [trouble]
    with pytest.raises((Transient, ApplicationError)):
        await unanswered.execute(settle=MINUTE)
    assert await unanswered.state() is EffectState.UNKNOWN


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_failed_probe_does_not_settle_an_earlier_attempt(unanswered: Vendor, trouble: ClientError) -> None:
    unanswered.search_fails = [trouble]
    with pytest.raises((Transient, ApplicationError)) as failed:
        await unanswered.execute(settle=MINUTE)
    assert getattr(failed.value, "non_retryable", False) is isinstance(trouble, Permanent)
    assert await unanswered.state() is EffectState.UNKNOWN


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_record_that_cannot_be_read_back_is_not_repeated(vendor: Vendor, trouble: ClientError) -> None:
    async def read_back(_: Found) -> Found:
        raise trouble

    with pytest.raises((Transient, ApplicationError)) as failed:
        await vendor.execute(on_read_back=read_back, settle=MINUTE)
    assert getattr(failed.value, "non_retryable", False) is isinstance(trouble, Permanent)
    entry = await vendor.entry()
    assert (entry.state, entry.vendor_id) == (EffectState.UNKNOWN, "v-1")
    assert (await vendor.execute(on_read_back=read_back, settle=MINUTE)).note == FOUND
    assert vendor.created == ["v-1"]


async def test_the_receipt_has_the_details_that_were_read_back(vendor: Vendor) -> None:
    async def read_back(made: Found) -> Found:
        return Found(made.vendor_id, {"deal_id": "7"})

    assert (await vendor.execute(on_read_back=read_back)).details == {"deal_id": "7"}


async def test_a_failed_preparation_is_no_attempt(vendor: Vendor) -> None:
    async def prepare() -> None:
        raise Transient("PlanFact could not be reached")

    with pytest.raises(Transient):
        await vendor.execute(on_prepare=prepare, settle=MINUTE)
    entry = await vendor.entry()
    assert (entry.state, entry.attempts, entry.last_error) == (EffectState.PENDING, 0, "PlanFact could not be reached")
    assert (await vendor.execute(settle=MINUTE)).attempts == 1


async def test_an_unknown_outcome_is_not_skipped(unanswered: Vendor) -> None:
    with pytest.raises(ApplicationError, match=r"PlanFact is not configured\. An earlier attempt") as refusal:
        await unanswered.ledger.cancel(unanswered.request, "PlanFact is not configured.")
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)
    assert await unanswered.state() is EffectState.UNKNOWN


@pytest.mark.parametrize("answer", [TROUBLES[0], TROUBLES[2]])
async def test_a_failed_attempt_can_be_skipped(vendor: Vendor, answer: ClientError) -> None:
    vendor.fails = [answer]
    with pytest.raises((Transient, ApplicationError)):
        await vendor.execute()
    receipt = await vendor.ledger.cancel(vendor.request, "PlanFact is not configured.")
    assert (receipt.state, receipt.attempts) == (EffectState.SKIPPED, 1)


async def test_a_cancelled_effect_with_an_unknown_outcome_stays_unknown(unanswered: Vendor) -> None:
    for _ in range(2):
        original = await unanswered.ledger.cancel_for_good(unanswered.request.key, reversal(unanswered))
        with pytest.raises(ApplicationError) as waiting:
            original.require_settled(MINUTE)
        assert waiting.value.type == SETTLING
    await aged(unanswered, MINUTE)
    original = await unanswered.ledger.cancel_for_good(unanswered.request.key, reversal(unanswered))
    original.require_settled(MINUTE)
    late = await unanswered.execute()
    assert (late.state, unanswered.created) == (EffectState.SKIPPED, [])


async def test_an_effect_that_is_not_needed_is_skipped(vendor: Vendor) -> None:
    async def probe() -> NotNeeded:
        return NotNeeded("Nothing was archived.")

    receipt = await vendor.execute(on_probe=probe, always_probe=True)
    assert (receipt.state, receipt.note, vendor.created) == (EffectState.SKIPPED, "Nothing was archived.", [])
    assert await vendor.state() is EffectState.SKIPPED


@pytest.mark.parametrize("message", ["a\0b", "a\ud800b"])
async def test_a_message_with_characters_that_postgresql_cannot_store(
    connect: Callable[..., AsyncEngine], message: str
) -> None:
    vendor = Vendor(Ledger(connect()), fails=[Permanent(f"PlanFact refused: {message}", vendor_message=message)])
    with pytest.raises(ApplicationError, match=r"PlanFact refused: a\??b"):
        await vendor.execute()
    entry = await vendor.entry()
    assert entry.state is EffectState.FAILED
    assert entry.last_error in ("PlanFact refused: ab", "PlanFact refused: a?b")
