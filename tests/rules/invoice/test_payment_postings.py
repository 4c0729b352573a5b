"""Which payments are posted to the accounting system, and when: one income for each payment that stands."""

from decimal import Decimal

import pytest

from models.invoice.commands import RecordPayment, ResolveEffect, ReversePayment, SyncPlanfact, Void
from models.invoice.effects import Effect, EffectName, EffectState, Receipt
from models.invoice.errors import InvalidChange
from models.invoice.event_handlers import apply_event, complete_effect, may_close
from models.invoice.events import EffectCompleted, EffectFailed, PaymentPostingOwed
from models.invoice.invoice import Invoice
from models.invoice.postings.payments import payment_to_post
from models.invoice.status import Status
from models.values.failure_codes import Failure
from tests.fixtures.invoices import NOW, completed, execute, sent

E = EffectName
DEAL = {"deal_id": "50000001"}
BOOKED = DEAL | {"books_payments": "yes"}


def posted(details: dict[str, str] = BOOKED) -> Invoice:
    """A sent invoice whose posting has completed with this receipt."""
    return completed(sent(), E.ACCOUNTING, vendor_id="70000001", details=details)


def pay(invoice: Invoice, amount: str, payment_id: str = "p1") -> Invoice:
    command = RecordPayment(payment_id=payment_id, paid_on=NOW.date(), amount=Decimal(amount), reference="act 7")
    return execute(invoice, command)


def reverse(invoice: Invoice, payment_id: str = "p1") -> Invoice:
    return execute(invoice, ReversePayment(by="boss", payment_id=payment_id, reason="typed twice"))


def post_all(invoice: Invoice) -> Invoice:
    """Return the invoice after the automatic events, as the workflow records them."""
    while payment_to_post(invoice):
        invoice = apply_event(invoice, PaymentPostingOwed(), NOW)
    return invoice


def postings(invoice: Invoice) -> list[Effect]:
    return [effect for effect in invoice.effects if effect.name in (E.PAYMENT_POSTING, E.PAYMENT_REVERSAL)]


def test_a_payment_is_posted_once_with_the_deal_of_the_shipment() -> None:
    invoice = post_all(pay(posted(), "10.00"))
    [posting] = postings(invoice)
    assert posting.argument == {
        "payment_id": "p1",
        "paid_on": str(NOW.date()),
        "amount": "10.00",
        "reference": "act 7",
        "deal_id": "50000001",
    }
    assert posting.key == f"{invoice.id}:{invoice.revision}:payment_posting"
    assert invoice.journal[-1].action == "post_payment"
    assert post_all(invoice) == invoice


@pytest.mark.parametrize("details", [{}, DEAL])
def test_an_installation_that_posts_no_payments_has_no_effects_for_them(details: dict[str, str]) -> None:
    assert payment_to_post(reverse(pay(posted(details), "10.00"))) is None


def test_without_planfact_there_is_no_posting() -> None:
    skipped = Receipt(state=EffectState.SKIPPED, note="PlanFact is not configured.")
    invoice = sent()
    posting = invoice.latest_effect(E.ACCOUNTING)
    assert posting is not None
    assert payment_to_post(pay(complete_effect(invoice, posting.key, skipped, NOW), "10.00")) is None


def test_payments_wait_for_the_posting_and_each_has_a_key_of_its_own() -> None:
    """Two payments came before PlanFact accepted the shipment."""
    paid = pay(pay(sent(), "10.00", "p1"), "20.00", "p2")
    assert payment_to_post(paid) is None
    booked = postings(post_all(completed(paid, E.ACCOUNTING, vendor_id="70000001", details=BOOKED)))
    assert [each.argument["payment_id"] for each in booked] == ["p1", "p2"]
    assert len({each.key for each in booked}) == 2


def test_a_payment_that_was_reversed_before_the_posting_is_not_posted() -> None:
    paid = reverse(pay(sent(), "10.00"))
    assert payment_to_post(completed(paid, E.ACCOUNTING, vendor_id="70000001", details=BOOKED)) is None


def test_the_setting_is_switched_on_and_a_synchronisation_posts_earlier_payments() -> None:
    paid = pay(posted(DEAL), "10.00")
    # A payment of a sent invoice is the client's acceptance, so the synchronisation comes before it.
    synced = execute(posted(DEAL), SyncPlanfact(by="boss"))
    posting = synced.latest_effect(E.ACCOUNTING)
    assert posting is not None
    checked = EffectCompleted(key=posting.key, receipt=Receipt(vendor_id="70000001", details=BOOKED, attempts=0))
    assert payment_to_post(paid) is None
    assert payment_to_post(pay(apply_event(synced, checked, NOW), "10.00")) is not None


class TestReversal:
    def test_a_reversed_payment_has_its_income_deleted_once(self) -> None:
        booked = completed(post_all(pay(posted(), "10.00")), E.PAYMENT_POSTING, vendor_id="70000002")
        [posting] = postings(booked)
        after = post_all(reverse(booked))
        [_, reversal] = postings(after)
        assert reversal.name is E.PAYMENT_REVERSAL
        assert reversal.argument == {"payment_id": "p1", "reverses": posting.key, "vendor_id": "70000002"}
        assert post_all(after) == after

    def test_only_the_reversed_one_of_two(self) -> None:
        after = post_all(reverse(post_all(pay(pay(posted(), "10.00", "p1"), "20.00", "p2")), "p2"))
        reversals = [each for each in postings(after) if each.name is E.PAYMENT_REVERSAL]
        assert [each.argument["payment_id"] for each in reversals] == ["p2"]
        assert [each.state for each in postings(after)] == ["pending", "skipped", "pending"]

    @pytest.mark.parametrize("code", [Failure.VENDOR_REFUSED, Failure.OUTCOME_UNKNOWN])
    def test_a_failed_posting_blocks_no_more(self, code: str) -> None:
        booked = post_all(pay(posted(), "10.00"))
        failed = apply_event(booked, EffectFailed(key=postings(booked)[0].key, code=code, message="closed"), NOW)
        assert failed.blocked
        after = post_all(reverse(failed))
        assert not after.blocked
        assert [each.name for each in after.open_effects if each in postings(after)] == [E.PAYMENT_REVERSAL]

    def test_it_is_deleted_also_when_payments_are_no_longer_posted(self) -> None:
        booked = post_all(pay(posted(), "10.00"))
        posting = booked.latest_effect(E.ACCOUNTING)
        assert posting is not None
        off = complete_effect(booked, posting.key, Receipt(vendor_id="70000001", details=DEAL, attempts=0), NOW)
        assert [each.name for each in postings(post_all(reverse(off)))] == [E.PAYMENT_POSTING, E.PAYMENT_REVERSAL]


def full(invoice: Invoice) -> Invoice:
    """The invoice, paid, with everything else completed."""
    paid = post_all(pay(invoice, str(invoice.balance)))
    for name in (E.ARCHIVE, E.NOTICE):
        if paid.latest_effect(name):
            paid = completed(paid, name)
    return paid


def test_a_paid_invoice_closes_only_after_its_income_is_posted() -> None:
    paid = full(posted())
    assert (paid.status, may_close(paid)) == (Status.PAID, False)
    assert may_close(completed(paid, E.PAYMENT_POSTING, vendor_id="70000002"))


def test_the_whole_payment_is_posted_with_the_credit_of_the_client() -> None:
    """The surplus is money on the account too."""
    invoice = posted()
    [posting] = postings(post_all(pay(invoice, str(invoice.balance + 25))))
    assert Decimal(posting.argument["amount"]) == invoice.balance + 25


@pytest.mark.parametrize("status", [Status.PAID, Status.CLOSED])
def test_money_for_a_complete_invoice_is_posted_and_keeps_its_workflow_open(status: Status) -> None:
    done = completed(full(posted()), E.PAYMENT_POSTING, vendor_id="70000002").model_copy(update={"status": status})
    after = post_all(pay(done, "5.00", "p2"))
    assert [each.argument["amount"] for each in postings(after)][-1] == "5.00"
    assert not after.is_complete
    assert not may_close(after)


def test_money_for_a_void_invoice_is_posted_and_its_void_cancels_no_reversal() -> None:
    reversed_ = post_all(reverse(post_all(pay(posted(), "10.00"))))
    void = execute(reversed_, Void(by="boss", reason="wrong client"))
    assert void.latest_effect(E.PAYMENT_REVERSAL) == reversed_.latest_effect(E.PAYMENT_REVERSAL)
    [*_, posting] = postings(post_all(pay(void, "7.00", "p2")))
    assert (posting.name, posting.argument["deal_id"]) == (E.PAYMENT_POSTING, "50000001")


def test_a_posting_that_a_person_resolves_needs_its_id() -> None:
    booked = post_all(pay(posted(), "10.00"))
    key = postings(booked)[0].key
    failed = apply_event(booked, EffectFailed(key=key, code=Failure.VENDOR_REFUSED, message="closed"), NOW)
    found = {"by": "boss", "effect_id": key, "outcome": "done", "note": "entered by hand"}
    with pytest.raises(InvalidChange, match="id of the income"):
        execute(failed, ResolveEffect.model_validate(found))
    resolved = execute(failed, ResolveEffect.model_validate(found | {"vendor_id": "70000009"}))
    assert postings(resolved)[0].vendor_id == "70000009"
