"""Payments: parts, balance, surplus and repetitions; and closing a paid invoice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.invoice.commands import RecordPayment, ResolveEffect, Void
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import InvalidChange, PaymentMismatch, Refused
from models.invoice.event_handlers import apply_event, may_close
from models.invoice.events import Closed, EffectFailed
from models.invoice.preconditions import check
from models.invoice.status import Status
from tests.fixtures.invoices import BASE, NOW, completed, execute, newest, sent

E, S = EffectName, Status


def pay(amount: str | Decimal, payment_id: str = "p1", **changes: Any) -> RecordPayment:
    fields = {"by": "bank", "payment_id": payment_id, "paid_on": NOW.date(), "amount": amount, "reference": "ref"}
    return RecordPayment.model_validate(fields | changes)


def test_part_payments_add_up_and_the_surplus_is_recorded() -> None:
    # 15,000,000 - 6,000,000 = 9,000,000; then 9,500,000 comes: 500,000 too much
    invoice = execute(sent(), pay("6000000.00"))
    assert (invoice.status, invoice.balance) == (S.ACCEPTED, Decimal("9000000.00"))
    invoice = execute(invoice, pay("9500000.00", "p2"))
    assert (invoice.status, invoice.balance, invoice.paid) == (S.PAID, Decimal("0.00"), BASE)
    assert invoice.payments[1].surplus == Decimal("500000.00")
    assert invoice.journal[-1].details["surplus"] == "500000.00"


def test_a_paid_invoice_closes_when_all_effects_have_completed() -> None:
    invoice = execute(sent(), pay(BASE))
    assert not may_close(invoice)  # archive, accounting and notice are still open
    for name in (E.ARCHIVE, E.ACCOUNTING, E.NOTICE):
        invoice = completed(invoice, name, details={"key": "a.pdf", "etag": "e"} if name is E.ARCHIVE else {})
    assert may_close(invoice)
    closed = apply_event(invoice, Closed(), NOW)
    assert (closed.status, closed.closed_at) == (S.CLOSED, NOW)


def test_a_blocked_effect_keeps_a_paid_invoice_open_until_a_person_resolves_it() -> None:
    invoice = execute(sent(), pay(BASE))
    invoice = completed(invoice, E.ARCHIVE)
    invoice = completed(invoice, E.NOTICE)
    posting = newest(invoice, E.ACCOUNTING).key
    invoice = apply_event(invoice, EffectFailed(key=posting, code="VendorRefused", message="no such contractor"), NOW)
    assert not may_close(invoice)
    found = ResolveEffect(by="boss", effect_id=posting, outcome="done", vendor_id="s-1", note="posted by hand")
    invoice = execute(invoice, found)
    assert may_close(invoice)
    assert (newest(invoice, E.ACCOUNTING).vendor_id, newest(invoice, E.ACCOUNTING).state) == (
        "s-1",
        EffectState.DONE,
    )


def test_the_same_payment_is_recorded_once() -> None:
    invoice = execute(sent(), pay("1.00"))
    assert execute(invoice, pay("1.00")) is invoice
    for other in (pay("2.00"), pay("1.00", paid_on=NOW.date() - timedelta(days=1))):
        with pytest.raises(PaymentMismatch):
            check(invoice, other, NOW)


def test_the_last_payment_is_also_recorded_once() -> None:
    invoice = execute(sent(), pay(BASE))
    assert execute(invoice, pay(BASE)) is invoice


def test_a_payment_in_the_future_is_refused() -> None:
    execute(sent(), pay("1.00", paid_on=NOW.date() + timedelta(days=1)))  # the bank may be in a zone further east
    with pytest.raises(InvalidChange, match="in the future"):
        check(sent(), pay("1.00", paid_on=NOW.date() + timedelta(days=2)), NOW)
    with pytest.raises(InvalidChange, match="paid_on: 0226-01-01 is outside"):
        check(sent(), pay("1.00", paid_on=date(226, 1, 1)), NOW)


def test_a_paid_invoice_cannot_be_voided() -> None:
    part_paid = execute(sent(), pay("1.00"))
    with pytest.raises(Refused, match=r"1\.00 has been paid"):
        check(part_paid, Void(reason="wrong client"), NOW)
