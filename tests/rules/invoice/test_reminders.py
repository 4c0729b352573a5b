"""Reminders and the overdue flag: on calendar days in Tashkent, each once, none when held or paid."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from models.contracts.contract import DealType
from models.invoice.commands import Deliver, Hold, MarkUploaded, RecordPayment, Release
from models.invoice.effects import EffectName, EffectState
from models.invoice.event_handlers import apply_event
from models.invoice.events import RemindersSettled, TimerFired
from models.invoice.invoice import Invoice
from models.invoice.reminders import early_reminders, fire_due_timers, next_timer
from models.invoice.status import Kind
from models.values.document_options import Channel
from tests.fixtures.invoices import (
    BASE,
    NOW,
    TASHKENT,
    approved,
    completed,
    contract,
    drafted,
    execute,
    new_invoice,
    newest,
    sent,
    with_fields,
)

# Issued on 1 March 2026 with 45 days: due on 15 April.


def tashkent(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=TASHKENT)


def reminders(invoice: Invoice) -> list[str]:
    return [e.argument["days"] for e in invoice.effects if e.name is EffectName.REMINDER]


def run_until(invoice: Invoice, end: datetime) -> Invoice:
    """Return the invoice after each timer up to `end`, fired at its own time as the workflow does."""
    while (timer := next_timer(invoice)) and timer.at <= end:
        invoice = fire_due_timers(invoice, timer.at)
    return invoice


def test_there_is_no_timer_before_payment_is_awaited() -> None:
    assert next_timer(new_invoice()) is None


def test_the_timers_of_an_unpaid_invoice_in_their_order() -> None:
    invoice, rung = sent(), []
    while timer := next_timer(invoice):
        rung.append((timer.at, timer.purpose))
        invoice = fire_due_timers(invoice, timer.at)
    assert rung == [
        (tashkent(4, 8), "reminder 7 days before the due date"),
        (tashkent(4, 15), "reminder on the due date"),
        (tashkent(4, 16, 0), "overdue after 2026-04-15"),
        (tashkent(4, 16), "reminder 1 day late"),
        (tashkent(4, 22), "reminder 7 days late"),
        (tashkent(4, 30), "reminder 15 days late"),
    ]
    assert reminders(invoice) == ["-7", "0", "1", "7", "15"]


def test_the_due_date_itself_is_not_late() -> None:
    assert not run_until(sent(), tashkent(4, 15, 23, 59)).overdue
    invoice = run_until(sent(), tashkent(4, 16, 0))
    assert invoice.overdue
    assert invoice.journal[-1].action == "overdue"
    assert run_until(invoice, tashkent(5, 1)).journal[-1].action == "reminder_due"


def test_overdue_is_decided_by_the_date_in_tashkent() -> None:
    timer = next_timer(run_until(sent(), tashkent(4, 15)))
    assert timer is not None
    assert timer.at.isoformat() == "2026-04-16T00:00:00+05:00"  # still the 15th at 19:00 UTC


def test_of_several_passed_reminders_only_the_newest_is_sent() -> None:
    invoice = fire_due_timers(sent(), tashkent(4, 25))  # a long outage: -7, 0, 1 and 7 have passed
    assert reminders(invoice) == ["7"]
    assert invoice.overdue
    assert reminders(run_until(invoice, tashkent(5, 30))) == ["7", "15"]


def test_a_reminder_has_the_present_balance() -> None:
    part = RecordPayment(payment_id="p1", paid_on=NOW.date(), amount=Decimal("5000000.00"), reference="bank")
    invoice = run_until(execute(sent(), part), tashkent(4, 8))
    assert newest(invoice, EffectName.REMINDER).argument["balance"] == "10000000.00"


def test_a_hold_stops_reminders_and_a_release_sends_only_the_newest() -> None:
    held = execute(sent(), Hold(by="boss", reason="client called"))
    assert next_timer(held) is None
    released = execute(held, Release(by="boss"), now=tashkent(4, 18))
    timer = next_timer(released)
    assert timer is not None
    assert timer.at <= tashkent(4, 18)
    assert reminders(fire_due_timers(released, tashkent(4, 18))) == ["1"]


def test_a_payment_cancels_the_open_reminder_and_ends_the_timers() -> None:
    invoice = run_until(sent(), tashkent(4, 16))
    paid = execute(
        invoice, RecordPayment(payment_id="p1", paid_on=NOW.date(), amount=BASE, reference="bank"), now=tashkent(4, 16)
    )
    assert next_timer(paid) is None
    assert not paid.overdue
    assert newest(paid, EffectName.REMINDER).state is EffectState.SKIPPED


def test_without_an_address_the_operators_get_a_note() -> None:
    no_recipient = sent(new_invoice(drafted(contract((), DealType.FP)))).model_copy()
    content = no_recipient.content.model_copy(update={"recipients": ()})
    invoice = run_until(no_recipient.model_copy(update={"content": content}), tashkent(4, 8))
    assert reminders(invoice) == []
    assert "no e-mail recipient" in invoice.notes[-1].text
    assert invoice.reminded == (-7,)


def test_other_reminder_days_may_be_agreed() -> None:
    content = drafted().model_copy(update={"reminder_days": (3,), "payment_days": 10})
    invoice = sent(new_invoice(content))  # due on 11 March
    timer = next_timer(invoice)
    assert timer is not None
    assert timer.at == tashkent(3, 12, 0)
    assert reminders(run_until(invoice, tashkent(5, 1))) == ["3"]


@pytest.mark.parametrize("early", [timedelta(microseconds=1), timedelta(seconds=1)])
def test_a_timer_that_fires_early_changes_nothing(early: timedelta) -> None:
    invoice = sent()
    assert apply_event(invoice, TimerFired(), tashkent(4, 8) - early) is invoice


def with_terms(payment_days: int) -> Invoice:
    """A draft dated 1 March with these payment days."""
    return new_invoice(with_fields(drafted(), payment_days=payment_days))


@pytest.mark.parametrize(
    ("payment_days", "delivered", "early", "first"),
    [
        (8, tashkent(3, 1, 10), (), tashkent(3, 2)),  # 9 March - 7 days is 2 March, after the delivery
        (7, tashkent(3, 1, 8, 59), (), tashkent(3, 1)),  # 8 March - 7 days is 1 March at 9:00
        (7, tashkent(3, 1, 9), (-7,), tashkent(3, 8)),
        (5, tashkent(3, 1, 10), (-7,), tashkent(3, 6)),
        (0, tashkent(3, 1, 10), (-7, 0), tashkent(3, 2, 0)),  # overdue from 2 March, and reminded at 9:00
        (45, tashkent(4, 10, 12), (-7,), tashkent(4, 15)),  # approved late
        (45, tashkent(4, 25, 12), (-7, 0, 1, 7), tashkent(4, 16, 0)),  # overdue when it is delivered
        (10, tashkent(6, 1, 12), (-7, 0, 1, 7, 15), tashkent(3, 12, 0)),
    ],
)
def test_a_reminder_before_the_delivery_is_settled_without_a_letter(
    payment_days: int, delivered: datetime, early: tuple[int, ...], first: datetime
) -> None:
    out = execute(approved(with_terms(payment_days)), Deliver(by="boss", channel=Channel.EMAIL), now=delivered)
    invoice = completed(out, EffectName.EMAIL, delivered)
    assert early_reminders(invoice) == early
    if early:
        invoice = apply_event(invoice, RemindersSettled(), delivered)
        assert (invoice.reminded, early_reminders(invoice)) == (early, ())
        assert invoice.journal[-1].action == "reminders_settled"
    timer = next_timer(invoice)
    assert timer is not None
    assert timer.at == first
    later = run_until(invoice, tashkent(7, 1))
    assert later.overdue
    assert reminders(later) == [str(days) for days in (-7, 0, 1, 7, 15) if days not in early]


def test_the_reminders_before_an_upload_are_settled() -> None:
    """Uploaded on 1 April with 5 days to pay: due on 6 April, and 7 days before that is 30 March."""
    draft = new_invoice(with_fields(drafted(), payment_days=5), Kind.PARTNER)
    uploaded = execute(approved(draft), MarkUploaded(uploaded_at=tashkent(4, 1, 12)), now=tashkent(4, 2))
    assert early_reminders(uploaded) == (-7,)


def test_no_reminder_is_early_before_the_delivery() -> None:
    assert early_reminders(approved(with_terms(0))) == ()
