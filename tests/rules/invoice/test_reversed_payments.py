"""Reversing a payment: the invoice awaits money again, as it did before, and what waits for money is restored."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.invoice.commands import Accept, MarkUploaded, RecordPayment, ReversePayment, Void
from models.invoice.current_details import current_details
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import InvalidChange, PaymentMismatch, Refused
from models.invoice.event_handlers import apply_event, may_close
from models.invoice.events import Closed, EffectFailed, TimerFired
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, check
from models.invoice.reminders import next_timer
from models.invoice.status import CommandName, Kind, Status
from tests.fixtures.invoices import (
    BASE,
    NOW,
    TASHKENT,
    approved,
    completed,
    execute,
    failed,
    new_invoice,
    newest,
    partner_rejection,
    sent,
    signed,
)

E, S = EffectName, Status


def pay(amount: str | Decimal, payment_id: str = "p1", **changes: Any) -> RecordPayment:
    fields = {"by": "bank", "payment_id": payment_id, "paid_on": NOW.date(), "amount": amount, "bank_slip": "b"}
    return RecordPayment.model_validate(fields | {"reference": f"ref {payment_id}"} | changes)


def reverse(payment_id: str = "p1") -> ReversePayment:
    return ReversePayment(by="boss", payment_id=payment_id, reason="900.00 was typed for 90.00")


def accepted(invoice: Invoice) -> Invoice:
    return execute(invoice, Accept(by="boss"))


def uploaded() -> Invoice:
    return execute(approved(new_invoice(kind=Kind.PARTNER)), MarkUploaded(uploaded_at=NOW))


def open_effects(invoice: Invoice, name: EffectName) -> list[dict[str, str]]:
    return [effect.argument for effect in invoice.open_effects if effect.name is name]


@pytest.mark.parametrize(
    ("before", "status"),
    [
        (sent(), S.SENT),  # the payment counted as the acceptance, so that ends as well
        (signed(), S.SENT),
        (accepted(sent()), S.ACCEPTED),
        (accepted(signed()), S.ACCEPTED),
        (completed(signed(), E.EINVOICE_ANSWER, details={"answer": "accepted", "comment": "paid"}), S.ACCEPTED),
        (uploaded(), S.AWAITING_PAYMENT),
    ],
)
@pytest.mark.parametrize("amounts", [("15000000.00",), ("6000000.00", "9000000.00"), ("1.00",), ("16000000.00",)])
def test_the_invoice_is_what_it_was_before(before: Invoice, status: Status, amounts: tuple[str, ...]) -> None:
    invoice = before
    for n, amount in enumerate(amounts):
        invoice = execute(invoice, pay(amount, f"p{n}"))
    for n in reversed(range(len(amounts))):
        invoice = execute(invoice, reverse(f"p{n}"))
    assert (invoice.status, invoice.balance, invoice.paid) == (status, BASE, Decimal("0.00"))
    assert invoice.accepted == before.accepted
    assert invoice.due == before.due
    was_paid = before.kind is Kind.PARTNER and sum(map(Decimal, amounts)) >= BASE
    of_orders = {E.ORDERS_COMPLETED, E.REVENUE, E.ORDERS_SUBMITTED, E.REVENUE_REVERSAL} if was_paid else set()
    assert {e.name for e in invoice.open_effects} == {e.name for e in before.open_effects} | of_orders
    assert not may_close(invoice)
    assert CommandName.RECORD_PAYMENT in allowed(invoice)
    assert CommandName.VOID in allowed(invoice)
    assert CommandName.REVERSE_PAYMENT not in allowed(invoice)
    check(invoice, Void(reason="wrong client"), NOW)


def test_the_trail_keeps_both_events_and_the_payment() -> None:
    invoice = execute(sent(), pay(BASE), reverse())
    recorded, event = [e for e in invoice.journal if e.action in ("record_payment", "reverse_payment")]
    assert recorded.details["amount"] == "15000000.00"
    assert (event.by, event.reason) == ("boss", "900.00 was typed for 90.00")
    assert (event.status_before, event.status_after) == ("paid", "sent")
    assert event.details == {
        "payment_id": "p1",
        "paid_on": "2026-03-01",
        "amount": "15000000.00",
        "reference": "ref p1",
        "balance": "15000000.00",
    }
    [payment] = invoice.payments
    assert payment.reversed is not None
    assert (payment.reversed.by, payment.reversed.at, payment.surplus) == ("boss", NOW, Decimal("0.00"))
    assert "| Paid |" not in current_details(invoice)


def test_one_of_several_payments() -> None:
    # 15,000,000 - 9,000,000 = 6,000,000 remain paid
    invoice = execute(sent(), pay("6000000.00"), pay("9000000.00", "p2"))
    assert invoice.status is S.PAID
    invoice = execute(invoice, reverse("p2"))
    assert (invoice.status, invoice.paid, invoice.balance) == (S.ACCEPTED, Decimal("6000000.00"), Decimal("9000000.00"))
    with pytest.raises(Refused, match=r"6000000\.00 has been paid"):
        check(invoice, Void(reason="wrong client"), NOW)
    paid = execute(invoice, pay("9000000.00", "p3"))
    assert (paid.status, paid.balance) == (S.PAID, Decimal("0.00"))


def test_a_surplus_covers_what_the_reversed_payment_had_covered() -> None:
    # 6,000,000 and 10,000,000: 1,000,000 too much. Without the first 5,000,000 are open, and nothing is too much.
    invoice = execute(sent(), pay("6000000.00"), pay("10000000.00", "p2"), reverse("p1"))
    assert (invoice.status, invoice.balance) == (S.ACCEPTED, Decimal("5000000.00"))
    assert invoice.payments[1].surplus == Decimal("0.00")


def test_an_invoice_that_stays_covered_stays_paid() -> None:
    invoice = execute(sent(), pay("6000000.00"), pay("15000000.00", "p2"))
    assert invoice.payments[1].surplus == Decimal("6000000.00")
    invoice = execute(invoice, reverse("p1"))
    assert (invoice.status, invoice.balance, invoice.payments[1].surplus) == (S.PAID, Decimal("0.00"), Decimal("0.00"))


def test_an_acceptance_by_payment_lasts_as_long_as_a_payment() -> None:
    invoice = execute(signed(), pay("1.00"), pay("2.00", "p2"), reverse("p1"))
    assert invoice.status is S.ACCEPTED
    assert open_effects(invoice, E.EINVOICE_ANSWER) == []
    invoice = execute(invoice, reverse("p2"))
    assert invoice.status is S.SENT
    assert open_effects(invoice, E.EINVOICE_ANSWER) == [newest(signed(), E.EINVOICE_ANSWER).argument]


def test_the_clients_answer_counts_again() -> None:
    invoice = execute(signed(), pay(BASE), reverse())
    assert len({e.key for e in invoice.effects}) == len(invoice.effects)
    rejected = completed(invoice, E.EINVOICE_ANSWER, details={"answer": "rejected", "comment": "wrong hours"})
    assert rejected.status is S.REJECTED
    again = execute(invoice, pay(BASE, "p2"))
    assert (again.status, open_effects(again, E.EINVOICE_ANSWER)) == (S.PAID, [])


def late(invoice: Invoice, now: datetime) -> Invoice:
    """Return the invoice after all timers up to `now`, as the workflow fires them."""
    while (timer := next_timer(invoice)) and timer.at <= now:
        invoice = apply_event(invoice, TimerFired(), now)
    return invoice


def test_timers_and_the_overdue_flag_follow() -> None:
    """Due on 15 April; paid on 1 April; reversed on 20 April."""
    april = datetime(2026, 4, 20, 12, tzinfo=TASHKENT)
    paid = execute(sent(), pay(BASE))
    assert next_timer(paid) is None
    reopened = execute(paid, reverse(), now=april)
    assert reopened.overdue is False
    reopened = late(reopened, april)
    assert reopened.overdue
    assert open_effects(reopened, E.REMINDER) == [{"days": "1", "balance": "15000000.00"}]
    timer = next_timer(reopened)
    assert timer is not None
    assert timer.purpose == "reminder 7 days late"
    assert not execute(reopened, pay(BASE, "p2"), now=april).overdue


def reminded(invoice: Invoice) -> Invoice:
    timer = next_timer(invoice)
    assert timer is not None
    return apply_event(invoice, TimerFired(), timer.at)


def test_a_reminder_that_the_payment_had_cancelled_is_sent_after_all() -> None:
    invoice = execute(reminded(sent()), pay(BASE))
    assert open_effects(invoice, E.REMINDER) == []
    invoice = execute(invoice, reverse())
    assert open_effects(invoice, E.REMINDER) == [{"days": "-7", "balance": "15000000.00"}]


def test_a_waiting_reminder_names_the_new_balance() -> None:
    invoice = execute(reminded(sent()), pay("5000000.00"))
    assert open_effects(invoice, E.REMINDER) == [{"days": "-7", "balance": "10000000.00"}]
    invoice = execute(invoice, reverse())
    assert open_effects(invoice, E.REMINDER) == [{"days": "-7", "balance": "15000000.00"}]


def test_a_reminder_that_may_have_been_sent_is_not_repeated() -> None:
    done = completed(reminded(sent()), E.REMINDER)
    unknown = apply_event(
        reminded(sent()),
        EffectFailed(key=newest(reminded(sent()), E.REMINDER).key, code="OutcomeUnknown", message="?"),
        NOW,
    )
    for invoice in (done, unknown, failed(reminded(sent()), E.REMINDER)):
        assert open_effects(execute(invoice, pay(BASE), reverse()), E.REMINDER) == []


def test_an_unknown_payment_is_an_invalid_field() -> None:
    invoice = execute(sent(), pay("1.00"), pay("2.00", "p2"))
    with pytest.raises(InvalidChange, match=r"^payment_id: .*p1, p2"):
        check(invoice, reverse("p9"), NOW)


@pytest.mark.parametrize("others", [(), (pay("2.00", "p2"),)])
def test_a_payment_is_reversed_once(others: tuple[RecordPayment, ...]) -> None:
    invoice = execute(sent(), pay("1.00"), *others, reverse())
    for attempt in (check, execute):
        with pytest.raises(Refused):
            attempt(invoice, reverse(), now=NOW)
    if others:
        with pytest.raises(Refused, match=r"p1 is reversed .*boss"):
            check(invoice, reverse(), NOW)


def test_a_repeated_request_is_answered() -> None:
    command = reverse().model_copy(update={"idempotency_key": "k"})
    invoice = execute(sent(), pay("1.00"), command)
    assert execute(invoice, command) is invoice


def test_a_reversed_payment_is_not_booked_again_by_its_id() -> None:
    """A file of the bank that is read twice must not undo the reversal."""
    invoice = execute(sent(), pay("1.00"), reverse())
    with pytest.raises(PaymentMismatch, match=r"^payment_id: payment p1 is reversed .*another id"):
        check(invoice, pay("1.00"), NOW)
    assert execute(invoice, pay("1.00", "p1-again")).paid == Decimal("1.00")


def test_a_closed_invoice_is_opened_again() -> None:
    invoice = execute(sent(), pay(BASE))
    for name in (E.ARCHIVE, E.ACCOUNTING, E.NOTICE):
        invoice = completed(invoice, name)
    closed = apply_event(invoice, Closed(), NOW)
    opened = execute(closed, reverse())
    assert (opened.status, opened.balance, opened.closed_at) == (S.SENT, BASE, None)
    assert not opened.is_complete


def test_a_partner_invoice_can_be_rejected_again() -> None:
    invoice = execute(uploaded(), pay("1.00"))
    with pytest.raises(Refused, match="has been paid"):
        check(invoice, partner_rejection(), NOW)
    check(execute(invoice, reverse()), partner_rejection(), NOW)


def test_a_payment_of_earlier_releases_can_be_reversed() -> None:
    """Histories have payments without the field, and an acceptance whose only mark is the reason."""
    old = execute(sent(), pay(BASE)).model_dump(mode="json")
    for payment in old["payments"]:
        del payment["reversed"]
    invoice = Invoice.model_validate(old)
    assert invoice.status is S.PAID
    assert execute(invoice, reverse()).status is S.SENT


def test_effects_that_were_not_cancelled_by_payment_stay_as_they_are() -> None:
    by_hand = accepted(signed())
    assert newest(by_hand, E.EINVOICE_ANSWER).state is EffectState.SKIPPED
    invoice = execute(by_hand, pay(BASE), reverse())
    assert invoice.effects == by_hand.effects
    later = execute(invoice, pay("1.00", "p2", paid_on=NOW.date() - timedelta(days=1)))
    assert later.status is S.ACCEPTED
