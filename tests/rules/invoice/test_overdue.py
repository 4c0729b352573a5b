"""The overdue flag and the reminders end when the invoice no longer awaits payment."""

from datetime import timedelta
from decimal import Decimal

import pytest

from models.invoice.commands import Hold, Reject, Reopen, Void
from models.invoice.effects import EffectName, EffectState
from models.invoice.event_handlers import apply_event
from models.invoice.events import TimerFired
from models.invoice.invoice import Invoice
from models.invoice.reminders import next_timer
from models.invoice.status import Status
from tests.fixtures.invoices import NOW, completed, edit, execute, new_invoice, newest, sent, signed

E, S = EffectName, Status
HOLD = Hold(by="boss", reason="wait for the lawyer")
LATER = NOW + timedelta(days=60)  # the invoice is due after 45 days, so this is two weeks late


def overdue() -> Invoice:
    return apply_event(sent(), TimerFired(), LATER)


def test_a_rejected_invoice_is_not_overdue() -> None:
    assert overdue().overdue
    rejected = execute(overdue(), Reject(reason="wrong hours"), now=LATER)
    assert not rejected.overdue
    assert rejected.status is S.REJECTED


def test_a_reopened_invoice_gets_a_new_due_date_and_new_reminders() -> None:
    draft = execute(overdue(), Reject(reason="wrong hours"), Reopen(by="boss"), now=LATER)
    assert (draft.overdue, draft.due, draft.reminded, draft.sent, draft.approved) == (False, None, (), None, None)
    again = sent(execute(draft, edit(draft, invoice_date=str(LATER.date())), now=LATER), LATER)
    timer = next_timer(again)
    assert timer is not None
    # 30 April + 45 days = 14 June; the first reminder a week before
    assert (str(again.due), timer.purpose) == ("2026-06-14", "reminder 7 days before the due date")


def test_an_act_that_the_client_rejects_in_didox_is_not_overdue() -> None:
    late = apply_event(signed(), TimerFired(), LATER)
    answered = completed(late, E.EINVOICE_ANSWER, details={"answer": "rejected", "comment": "wrong hours"})
    assert (answered.status, answered.overdue) == (S.REJECTED, False)
    assert newest(answered, E.REMINDER).state is EffectState.SKIPPED


def test_a_void_invoice_is_not_overdue() -> None:
    assert not execute(overdue(), Void(by="boss", reason="wrong client"), now=LATER).overdue


def test_a_void_invoice_has_no_balance() -> None:
    assert execute(sent(), Void(by="boss", reason="wrong client")).balance == Decimal(0)


@pytest.mark.parametrize("invoice", [new_invoice(), execute(sent(), Reject(reason="not so")), execute(sent(), HOLD)])
def test_a_timer_of_an_invoice_that_awaits_no_payment_changes_nothing(invoice: Invoice) -> None:
    assert apply_event(invoice, TimerFired(), LATER) == invoice
