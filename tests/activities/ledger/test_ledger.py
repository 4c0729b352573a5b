"""Every effect is executed once, whatever is lost on the way, and its row records the outcome."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.failure.v1 import Failure as FailureMessage
from temporalio.converter import DefaultFailureConverter, DefaultPayloadConverter
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Ambiguous, Permanent, RateLimited, Transient
from activities.ledger.entry import Found
from activities.ledger.ledger import FOUND, Ledger
from models.invoice.effects import EffectState, Receipt
from models.values.failure_codes import Failure
from tests.fixtures.vendor import Vendor, WorkerKilled


async def test_a_completed_effect_is_not_executed_again(vendor: Vendor) -> None:
    first = await vendor.execute()
    assert first == Receipt(vendor_id="v-1", details={"status": "posted"}, attempts=1)
    assert await vendor.execute() == first
    assert vendor.created == ["v-1"]
    assert vendor.probes == 0


async def test_the_row_records_the_outcome(vendor: Vendor) -> None:
    before = datetime.now(UTC)
    await vendor.execute()
    entry = await vendor.ledger.find(vendor.request.key)
    assert entry is not None
    assert (entry.invoice_id, entry.effect) == (vendor.request.invoice_id, "accounting")
    assert (entry.state, entry.vendor_id, entry.attempts) == (EffectState.DONE, "v-1", 1)
    assert entry.request_digest == hashlib.sha256("сумма 15000000.00".encode()).hexdigest()
    assert entry.first_tried_at is not None
    assert entry.done_at is not None
    assert before - timedelta(seconds=1) <= entry.first_tried_at <= entry.done_at
    assert entry.last_error is None


async def test_the_digest_of_a_structure_does_not_depend_on_its_order(engine: AsyncEngine) -> None:
    ledger, one, other = Ledger(engine), Vendor(Ledger(engine)), Vendor(Ledger(engine))
    await one.execute(data={"b": "2", "a": ["ё"]})
    await other.execute(data={"a": ["ё"], "b": "2"})
    found, same = await ledger.find(one.request.key), await ledger.find(other.request.key)
    assert found is not None
    assert same is not None
    assert found.request_digest == same.request_digest == hashlib.sha256('{"a":["ё"],"b":"2"}'.encode()).hexdigest()


async def test_the_attempt_is_recorded_before_the_vendor_is_called(engine: AsyncEngine) -> None:
    vendor, seen = Vendor(Ledger(engine)), []

    async def create() -> Found:
        entry = await Ledger(engine).find(vendor.request.key)
        assert entry is not None
        seen.append((entry.state, entry.attempts))
        return await vendor.create()

    await vendor.execute(on_create=create)
    assert seen == [(EffectState.UNKNOWN, 1)]


async def test_a_lost_answer_is_unknown_and_then_found_instead_of_repeated(vendor: Vendor) -> None:
    vendor.loses = [Ambiguous("PlanFact did not answer in time")]
    with pytest.raises(Ambiguous):
        await vendor.execute()
    assert await vendor.state() is EffectState.UNKNOWN
    assert await vendor.execute() == Receipt(vendor_id="v-1", details={"status": "posted"}, attempts=1, note=FOUND)
    assert vendor.created == ["v-1"]
    assert vendor.probes == 1


async def test_an_unknown_outcome_without_a_record_is_repeated(vendor: Vendor) -> None:
    vendor.fails = [Ambiguous("the connection broke")]
    with pytest.raises(Ambiguous):
        await vendor.execute()
    assert await vendor.execute() == Receipt(vendor_id="v-1", details={"status": "posted"}, attempts=2)
    assert vendor.probes == 1


async def test_an_unknown_outcome_stays_unknown_while_the_probe_fails(vendor: Vendor) -> None:
    vendor.loses = [Ambiguous("PlanFact did not answer in time")]
    vendor.search_fails = [Transient("PlanFact could not be reached")]
    for expected in (Ambiguous, Transient):
        with pytest.raises(expected):
            await vendor.execute()
        assert await vendor.state() is EffectState.UNKNOWN
    assert (await vendor.execute()).note == FOUND
    assert vendor.created == ["v-1"]


async def test_a_worker_that_is_killed_after_the_call_repeats_nothing(vendor: Vendor) -> None:
    vendor.loses = [WorkerKilled()]
    with pytest.raises(WorkerKilled):
        await vendor.execute()
    assert await vendor.state() is EffectState.UNKNOWN
    assert (await vendor.execute()).note == FOUND
    assert vendor.created == ["v-1"]


async def test_a_refusal_is_final_and_has_the_vendors_message(vendor: Vendor) -> None:
    vendor.fails = [Permanent("PlanFact refused", vendor_message="Контрагент не найден", status=400)]
    with pytest.raises(ApplicationError) as caught:
        await vendor.execute()
    assert caught.value.type == Failure.VENDOR_REFUSED
    assert caught.value.non_retryable
    assert caught.value.message == "PlanFact refused: Контрагент не найден"
    entry = await vendor.ledger.find(vendor.request.key)
    assert entry is not None
    assert (entry.state, entry.last_error) == (EffectState.FAILED, "PlanFact refused: Контрагент не найден")


async def test_a_manual_retry_of_a_refused_effect_probes_first(vendor: Vendor) -> None:
    vendor.fails = [Permanent("refused", vendor_message="refused")]
    with pytest.raises(ApplicationError):
        await vendor.execute()
    assert (await vendor.execute()).attempts == 2
    assert vendor.probes == 1
    assert vendor.created == ["v-1"]
    assert await vendor.state() is EffectState.DONE


async def test_a_refused_probe_is_final(vendor: Vendor) -> None:
    vendor.search_fails = [Permanent("Two shipments carry our marker", vendor_message="Two shipments")]
    with pytest.raises(ApplicationError) as caught:
        await vendor.execute(always_probe=True)
    assert caught.value.type == Failure.VENDOR_REFUSED
    assert await vendor.state() is EffectState.FAILED
    assert vendor.created == []


async def test_a_vendor_that_is_down_is_retried(vendor: Vendor) -> None:
    vendor.fails = [Transient("Didox could not be reached")]
    with pytest.raises(Transient):
        await vendor.execute()
    entry = await vendor.ledger.find(vendor.request.key)
    assert entry is not None
    assert (entry.state, entry.last_error) == (EffectState.PENDING, "Didox could not be reached")
    assert (await vendor.execute()).vendor_id == "v-1"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Ambiguous("the connection broke"), "Ambiguous"),
        (Transient("could not be reached"), "Transient"),
        (RateLimited("too many requests", retry_after=None), "RateLimited"),
        (Permanent("refused", vendor_message="no"), Failure.VENDOR_REFUSED),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_temporal_receives_the_error_and_its_cause(vendor: Vendor, error: Exception, kind: str) -> None:
    """The error keeps its cause and does not become its own cause."""
    error.__cause__ = OSError("connection reset by peer")
    vendor.fails = [error]
    with pytest.raises(Exception, match=str(error)) as raised:
        await vendor.execute()
    failure = FailureMessage()
    DefaultFailureConverter().to_failure(raised.value, DefaultPayloadConverter(), failure)
    assert failure.application_failure_info.type == kind
    causes = []
    while failure.HasField("cause"):
        failure = failure.cause
        causes.append(failure.application_failure_info.type)
    assert causes[-1] == "OSError"


@pytest.mark.parametrize("retry_after", [timedelta(seconds=90), None])
async def test_the_retry_waits_as_long_as_the_vendor_asks(vendor: Vendor, retry_after: timedelta | None) -> None:
    vendor.fails = [RateLimited("Didox asks to slow down", retry_after)]
    with pytest.raises(ApplicationError) as caught:
        await vendor.execute()
    assert not caught.value.non_retryable
    assert caught.value.next_retry_delay == retry_after


async def test_a_record_of_a_person_is_found_before_the_first_attempt(vendor: Vendor) -> None:
    vendor.created = ["v-by-hand"]
    receipt = await vendor.execute(always_probe=True)
    assert (receipt.vendor_id, receipt.note, receipt.attempts) == ("v-by-hand", FOUND, 0)
    assert vendor.created == ["v-by-hand"]


async def test_an_unknown_key_has_no_entry(engine: AsyncEngine) -> None:
    assert await Ledger(engine).find("nobody:1:archive") is None
