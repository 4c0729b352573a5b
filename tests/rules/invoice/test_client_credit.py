"""Money for a paid or void invoice: it is the client's credit and changes nothing else."""

from decimal import Decimal

import pytest

from models.invoice.commands import RecordPayment, ReversePayment, Void
from models.invoice.current_details import current_details
from models.invoice.effects import EffectName
from models.invoice.errors import Refused
from models.invoice.event_handlers import apply_event, may_close
from models.invoice.events import Closed
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName, Kind, Status
from tests.fixtures.invoices import BASE, NOW, approved, completed, execute, new_invoice, sent

E, S = EffectName, Status
MONEY = {CommandName.RECORD_PAYMENT, CommandName.REVERSE_PAYMENT}


def pay(amount: str | Decimal, payment_id: str = "p1") -> RecordPayment:
    return RecordPayment(
        by="bank",
        payment_id=payment_id,
        paid_on=NOW.date(),
        amount=Decimal(amount),
        reference=f"ref {payment_id}",
        bank_slip="b",
    )


def paid() -> Invoice:
    return execute(sent(), pay(BASE))


def void(kind: Kind = Kind.SERVICE) -> Invoice:
    return execute(approved(new_invoice(kind=kind)), Void(by="boss", reason="wrong client"))


@pytest.mark.parametrize(
    ("before", "status", "covered"),
    [(paid(), S.PAID, BASE), (void(), S.VOID, Decimal(0)), (void(Kind.PARTNER), S.VOID, Decimal(0))],
)
def test_the_whole_payment_is_credit(before: Invoice, status: Status, covered: Decimal) -> None:
    check(before, pay("500.25", "p2"), NOW)
    invoice = execute(before, pay("500.25", "p2"), pay("100.00", "p3"))
    assert (invoice.status, invoice.paid, invoice.balance) == (status, covered, Decimal("0.00"))
    assert invoice.credit == Decimal("600.25")
    assert invoice.effects == before.effects
    assert invoice.accepted == before.accepted
    event = invoice.journal[-1]
    assert (event.action, event.status_after) == ("record_payment", status)
    assert event.details["surplus"] == event.details["amount"] == "100.00"
    assert "; **600.25 credit of the client** |" in current_details(invoice)
    back = execute(invoice, ReversePayment(by="boss", payment_id="p2", reason="paid back to the client"))
    assert (back.status, back.credit, back.balance) == (status, Decimal("100.00"), Decimal("0.00"))


def test_the_surplus_of_one_payment_is_credit_too() -> None:
    # 15,000,000 + 250.50
    assert execute(sent(), pay(BASE + Decimal("250.50"))).credit == Decimal("250.50")
    assert execute(sent(), pay("1.00")).credit == Decimal("0.00")


def test_a_credit_does_not_keep_the_invoice_from_closing() -> None:
    invoice = execute(paid(), pay("1.00", "p2"))
    for name in (E.ARCHIVE, E.ACCOUNTING, E.NOTICE):
        invoice = completed(invoice, name)
    assert may_close(invoice)
    closed = apply_event(invoice, Closed(), NOW)
    assert closed.credit == Decimal("1.00")
    more = execute(closed, pay("2.00", "p3"))
    assert (more.status, more.credit, more.is_complete) == (Status.CLOSED, Decimal("3.00"), True)


def test_money_for_a_complete_void_invoice_is_credit() -> None:
    invoice = void()
    while invoice.open_effects:
        invoice = completed(invoice, invoice.open_effects[0].name)
    assert MONEY & set(allowed(invoice)) == {CommandName.RECORD_PAYMENT}  # there is no payment yet to reverse
    credited = execute(invoice, pay("1.00"))
    assert (credited.status, credited.credit, credited.is_complete) == (Status.VOID, Decimal("1.00"), True)


@pytest.mark.parametrize("invoice", [new_invoice(), approved()])
def test_an_invoice_that_was_not_sent_takes_no_money(invoice: Invoice) -> None:
    with pytest.raises(Refused):
        check(invoice, pay("1.00"), NOW)
