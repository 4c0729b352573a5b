"""Effects that are cancelled: skipped for now, or cancelled for good because another effect compensates them."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Ambiguous
from activities.ledger.entry import Found
from models.invoice.effects import EffectState
from models.values.failure_codes import Failure
from tests.fixtures.vendor import Vendor, reversal


async def test_what_is_skipped_says_why_and_can_be_asked_for_again(vendor: Vendor) -> None:
    receipt = await vendor.ledger.cancel(vendor.request, "PlanFact is not configured.")
    assert (receipt.state, receipt.note) == (EffectState.SKIPPED, "PlanFact is not configured.")
    assert await vendor.state() is EffectState.SKIPPED
    assert (await vendor.execute()).vendor_id == "v-1"


async def test_what_is_done_is_never_marked_skipped(vendor: Vendor) -> None:
    done = await vendor.execute()
    assert await vendor.ledger.cancel(vendor.request, "too late") == done
    assert await vendor.state() is EffectState.DONE


async def test_what_was_withdrawn_is_never_sent_however_late(vendor: Vendor) -> None:
    known = await vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor))
    assert (known.attempts, known.vendor_id) == (0, None)
    late = await vendor.execute(always_probe=True)
    assert (late.state, late.details) == (EffectState.SKIPPED, {"withdrawn_by": reversal(vendor).key})
    assert (vendor.created, vendor.probes) == ([], 0)
    entry = await vendor.ledger.find(vendor.request.key)
    assert entry is not None
    assert (entry.state, entry.effect) == (EffectState.SKIPPED, "accounting")


async def test_withdrawing_what_is_done_tells_what_there_is_to_undo(vendor: Vendor) -> None:
    done = await vendor.execute()
    for _ in range(2):
        known = await vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor))
        assert (known.state, known.vendor_id) == (EffectState.DONE, "v-1")
    assert await vendor.execute() == done


async def test_withdrawing_an_unknown_outcome_says_that_it_was_tried_each_time(vendor: Vendor) -> None:
    """The reversal may be repeated; it must always know that something may be at the vendor."""
    vendor.loses = [Ambiguous("PlanFact did not answer in time")]
    with pytest.raises(Ambiguous):
        await vendor.execute()
    for _ in range(2):
        assert (await vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor))).attempts == 1


async def test_an_attempt_that_runs_cannot_be_withdrawn_under_its_feet(vendor: Vendor) -> None:
    async def create() -> Found:
        with pytest.raises(ApplicationError) as caught:
            await vendor.ledger.cancel_for_good(vendor.request.key, reversal(vendor))
        assert (caught.value.type, caught.value.non_retryable) == (Failure.ATTEMPT_RUNNING, False)
        return await vendor.create()

    await vendor.execute(on_create=create)
