"""After a repeated request the vendor is looked at once more, because it may have carried out both."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.clients.errors import Ambiguous, Permanent, Transient
from activities.ledger.entry import SETTLING, Found
from activities.ledger.ledger import SECOND_LOOK
from models.invoice.effects import EffectState
from models.values.failure_codes import Failure
from tests.fixtures.vendor import Vendor, reversal

MINUTE = timedelta(minutes=1)


async def later(vendor: Vendor, by: timedelta) -> None:
    statement = text("UPDATE external_effects SET last_tried_at = last_tried_at - :by WHERE key = :key")
    async with vendor.ledger.engine.begin() as connection:
        await connection.execute(statement, {"by": by, "key": vendor.request.key})


@pytest.fixture
async def repeated(vendor: Vendor) -> Vendor:
    """A vendor after a request without an answer and its repetition, which created v-1."""
    vendor.fails = [Ambiguous("PlanFact did not answer in time")]
    with pytest.raises(Ambiguous):
        await vendor.execute(settle=MINUTE)
    await later(vendor, MINUTE)
    with pytest.raises(ApplicationError) as waiting:
        await vendor.execute(settle=MINUTE)
    assert (waiting.value.type, waiting.value.non_retryable) == (SETTLING, False)
    assert waiting.value.category is ApplicationErrorCategory.BENIGN
    assert waiting.value.next_retry_delay == SECOND_LOOK * MINUTE
    return vendor


async def test_the_effect_stays_open_until_the_second_look(repeated: Vendor) -> None:
    await later(repeated, SECOND_LOOK * MINUTE - timedelta(seconds=30))
    with pytest.raises(ApplicationError) as waiting:
        await repeated.execute(settle=MINUTE)
    assert waiting.value.type == SETTLING
    entry = await repeated.entry()
    assert (entry.state, entry.vendor_id, repeated.created) == (EffectState.UNKNOWN, "v-1", ["v-1"])


async def test_without_a_late_record_it_completes_with_the_repeated_one(repeated: Vendor) -> None:
    await later(repeated, SECOND_LOOK * MINUTE)
    receipt = await repeated.execute(settle=MINUTE)
    assert (receipt.vendor_id, receipt.attempts, receipt.details) == ("v-1", 2, {"status": "posted"})
    assert (await repeated.execute(settle=MINUTE)) == receipt
    assert repeated.created == ["v-1"]


async def test_a_list_that_lags_creates_no_third_record(repeated: Vendor) -> None:
    """The record of the repeated request is known, so its absence in a list means nothing."""
    await later(repeated, SECOND_LOOK * MINUTE)

    async def nothing() -> None:
        return None

    assert (await repeated.execute(settle=MINUTE, on_probe=nothing)).vendor_id == "v-1"
    assert repeated.created == ["v-1"]


async def test_a_late_record_blocks_with_both_ids(repeated: Vendor) -> None:
    await later(repeated, SECOND_LOOK * MINUTE)

    async def late() -> Found:
        return Found("v-late")

    for _ in range(2):
        with pytest.raises(ApplicationError, match=r"v-late.*v-1") as refused:
            await repeated.execute(settle=MINUTE, on_probe=late)
        assert (refused.value.type, refused.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    # A person has deleted the late one and retries.
    assert (await repeated.execute(settle=MINUTE)).vendor_id == "v-1"


async def test_a_vendor_that_lists_both_refuses_with_its_own_words(repeated: Vendor) -> None:
    await later(repeated, SECOND_LOOK * MINUTE)

    async def both() -> Found:
        raise Permanent("there are v-1 and v-late", vendor_message="there are v-1 and v-late")

    with pytest.raises(ApplicationError, match="v-1 and v-late"):
        await repeated.execute(settle=MINUTE, on_probe=both)
    assert repeated.created == ["v-1"]


async def test_an_outage_at_the_second_look_is_repeated(repeated: Vendor) -> None:
    await later(repeated, SECOND_LOOK * MINUTE)
    repeated.search_fails = [Transient("PlanFact could not be reached")]
    with pytest.raises(Transient):
        await repeated.execute(settle=MINUTE)
    assert (await repeated.execute(settle=MINUTE)).vendor_id == "v-1"


async def test_a_compensation_knows_the_record(repeated: Vendor) -> None:
    original = await repeated.ledger.cancel_for_good(repeated.request.key, reversal(repeated))
    assert (original.vendor_id, original.attempts) == ("v-1", 2)
    assert (await repeated.execute(settle=MINUTE)).state is EffectState.SKIPPED


async def test_a_request_that_was_answered_needs_no_second_look(vendor: Vendor) -> None:
    assert (await vendor.execute(settle=MINUTE)).vendor_id == "v-1"


async def test_an_effect_that_was_skipped_before_is_not_taken_for_a_repeated_one(vendor: Vendor) -> None:
    await vendor.ledger.cancel(vendor.request, "PlanFact is not configured.")
    vendor.fails = [Ambiguous("lost")]
    with pytest.raises(Ambiguous):
        await vendor.execute(settle=MINUTE)
    assert (await vendor.entry()).created_again is None
