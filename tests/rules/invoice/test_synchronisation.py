"""The command that posts an invoice to PlanFact again, or has its completed posting checked."""

import pytest

from models.invoice.commands import Hold, Reopen, ResolveEffect, SyncPlanfact
from models.invoice.effects import Effect, EffectName, EffectState, Receipt
from models.invoice.errors import Refused
from models.invoice.event_handlers import apply_event, complete_effect
from models.invoice.events import EffectCompleted, EffectFailed
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from models.invoice.preconditions import allowed
from models.invoice.status import CommandName
from models.values.failure_codes import Failure
from tests.fixtures.invoices import NOW, approved, reviewable

SYNC = SyncPlanfact(by="boss")


def posting(invoice: Invoice) -> Effect:
    effect = invoice.latest_effect(EffectName.ACCOUNTING)
    assert effect is not None
    return effect


@pytest.fixture
def invoice() -> Invoice:
    """An approved invoice whose posting is still open."""
    return approved()


def posted(invoice: Invoice, vendor_id: str = "7001") -> Invoice:
    return complete_effect(invoice, posting(invoice).key, Receipt(vendor_id=vendor_id), NOW)


def failed(invoice: Invoice, code: str) -> Invoice:
    return apply_event(invoice, EffectFailed(key=posting(invoice).key, code=code, message="closed"), NOW)


@pytest.mark.parametrize("code", [Failure.VENDOR_REFUSED, Failure.OUTCOME_UNKNOWN])
def test_a_failed_posting_is_executed_again_under_its_own_key(invoice: Invoice, code: str) -> None:
    before = failed(invoice, code)
    after = apply(before, SYNC, NOW)
    assert posting(after) == posting(before).model_copy(update={"state": EffectState.PENDING, "error": None})
    assert not after.blocked
    event = after.journal[-1]
    assert (event.action, event.by) == ("sync_planfact", "boss")
    assert event.details["effect"] == posting(before).key


def test_a_skipped_posting_is_executed(invoice: Invoice) -> None:
    """PlanFact was configured after the approval."""
    receipt = Receipt(state=EffectState.SKIPPED, note="PlanFact is not configured.")
    after = apply(complete_effect(invoice, posting(invoice).key, receipt, NOW), SYNC, NOW)
    assert (posting(after).state, posting(after).argument) == (EffectState.PENDING, {})


def test_a_completed_posting_is_only_checked(invoice: Invoice) -> None:
    after = apply(posted(invoice), SYNC, NOW)
    assert (posting(after).state, posting(after).argument) == (EffectState.PENDING, {"verifies": "7001"})
    assert posting(after).key == posting(invoice).key


def test_a_posting_that_a_person_resolved_is_only_checked(invoice: Invoice) -> None:
    key = posting(invoice).key
    found = ResolveEffect(by="boss", effect_id=key, outcome="done", vendor_id="99", note="found it by hand")
    after = apply(apply(failed(invoice, Failure.VENDOR_REFUSED), found, NOW), SYNC, NOW)
    assert posting(after).argument == {"verifies": "99"}


def test_after_a_refused_check_it_is_checked_again_and_never_posted(invoice: Invoice) -> None:
    refused = failed(apply(posted(invoice), SYNC, NOW), Failure.VENDOR_REFUSED)
    again = apply(refused, SYNC, NOW)
    skipped = ResolveEffect(by="boss", effect_id=posting(invoice).key, outcome="skipped", note="it was deleted")
    for after in (again, apply(apply(refused, skipped, NOW), SYNC, NOW)):
        assert (posting(after).state, posting(after).argument) == (EffectState.PENDING, {"verifies": "7001"})


def test_the_check_counts_no_attempt_and_keeps_the_shipment(invoice: Invoice) -> None:
    before = posted(invoice)
    checked = Receipt(vendor_id="7001", details={"deal_id": "5"}, attempts=0)
    after = apply_event(apply(before, SYNC, NOW), EffectCompleted(key=posting(invoice).key, receipt=checked), NOW)
    assert (posting(after).state, posting(after).vendor_id) == (EffectState.DONE, "7001")
    assert posting(after).attempts == posting(before).attempts


def test_a_posting_under_way_is_left_alone(invoice: Invoice) -> None:
    assert apply(invoice, SYNC, NOW) == invoice


def test_a_check_that_is_overtaken_by_a_reopen_still_leads_to_the_deletion_of_the_shipment(invoice: Invoice) -> None:
    back = apply(apply(posted(invoice), SYNC, NOW), Reopen(by="boss"), NOW)
    reversal = back.latest_effect(EffectName.ACCOUNTING_REVERSAL)
    assert reversal is not None
    assert reversal.argument == {"reverses": posting(invoice).key, "vendor_id": "7001"}


def test_on_hold_nothing_is_sent(invoice: Invoice) -> None:
    held = apply(posted(invoice), Hold(by="boss", reason="wait for the client"), NOW)
    assert CommandName.SYNC_PLANFACT not in allowed(held)
    with pytest.raises(Refused, match="on hold"):
        apply(held, SYNC, NOW)


def test_before_the_approval_it_is_refused() -> None:
    with pytest.raises(Refused, match="sync planfact is not possible in this status") as refusal:
        apply(reviewable(), SYNC, NOW)
    assert CommandName.SYNC_PLANFACT not in refusal.value.allowed
