"""Effects that are cancelled: skipped for now, or cancelled for good because another effect compensates them."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Ambiguous
from activities.ledger.entry import Found
from models.invoice.effects import EffectState
from models.values.failure_codes import Failure
from tests.fixtures.vendor import Vendor, reversal


async def test_a_skipped_effect_has_a_reason_and_can_be_requested_again(vendor: Vendor) -> None:
    receipt = await vendor.ledger.cancel(vendor.request, "PlanFact is not configured.")
    assert (receipt.state, receipt.note) == (EffectState.SKIPPED, "PlanFact is not configured.")
    assert await vendor.state() is EffectState.SKIPPED
    assert (await vendor.execute()).vendor_id == "v-1"


async def test_a_completed_effect_is_never_skipped(vendor: Vendor) -> None:
    done = await vendor.execute()
    assert await vendor.ledger.cancel(vendor.request, "too late") == done
    assert await vendor.state() is EffectState.DONE


async def test_a_cancelled_effect_is_never_executed_later(vendor: Vendor) -> None:
    known = await vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor))
    assert (known.attempts, known.vendor_id) == (0, None)
    late = await vendor.execute(always_probe=True)
    assert (late.state, late.details) == (EffectState.SKIPPED, {"withdrawn_by": reversal(vendor).key})
    assert (vendor.created, vendor.probes) == ([], 0)
    entry = await vendor.ledger.find(vendor.request.key)
    assert entry is not None
    assert (entry.state, entry.effect) == (EffectState.SKIPPED, "accounting")


async def test_cancelling_a_completed_effect_returns_its_record(vendor: Vendor) -> None:
    done = await vendor.execute()
    for _ in range(2):
        known = await vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor))
        assert (known.state, known.vendor_id) == (EffectState.DONE, "v-1")
    assert await vendor.execute() == done


async def test_cancelling_an_unknown_outcome_returns_its_attempts_each_time(vendor: Vendor) -> None:
    """The compensation may be repeated; each time the ledger must report that the record may exist."""
    vendor.loses = [Ambiguous("PlanFact did not answer in time")]
    with pytest.raises(Ambiguous):
        await vendor.execute()
    for _ in range(2):
        assert (await vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor))).attempts == 1


async def test_a_running_attempt_cannot_be_cancelled(vendor: Vendor) -> None:
    async def create() -> Found:
        with pytest.raises(ApplicationError) as caught:
            await vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor))
        assert (caught.value.type, caught.value.non_retryable) == (Failure.ATTEMPT_RUNNING, False)
        return await vendor.create()

    await vendor.execute(on_create=create)
