"""A client gets one reminder at a time, with the present balance."""

from datetime import timedelta
from decimal import Decimal

from models.invoice.commands import Reject
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.event_handlers import apply_event
from models.invoice.events import EffectCompleted, EffectFailed
from models.invoice.invoice import Invoice
from models.invoice.reminders import fire_due_timers, next_timer
from tests.fixtures.invoices import NOW, execute, failed, newest, payment, sent

E = EffectName
LATER = NOW + timedelta(days=60)  # the invoice is due after 45 days, so this is two weeks late


def reminders(invoice: Invoice) -> list[tuple[str, EffectState, str]]:
    found = (e for e in invoice.effects if e.name is E.REMINDER)
    return [(e.argument["days"], e.state, e.argument["balance"]) for e in found]


def test_only_the_newest_of_several_unsent_reminders_stays_open() -> None:
    invoice = sent()
    while timer := next_timer(invoice):  # the mail server is down all the time
        invoice = fire_due_timers(invoice, timer.at)
    waiting = [(days, balance) for days, state, balance in reminders(invoice) if state is EffectState.PENDING]
    assert waiting == [("15", "15000000.00")]
    assert [days for days, *_ in reminders(invoice)] == ["-7", "0", "1", "7", "15"]


def test_a_part_payment_replaces_an_unsent_reminder() -> None:
    waiting = fire_due_timers(sent(), LATER)
    for before in (waiting, failed(waiting, E.REMINDER)):
        part = execute(before, payment(Decimal("14999000.00")), now=LATER)
        assert reminders(part) == [
            ("15", EffectState.SKIPPED, "15000000.00"),
            ("15", EffectState.PENDING, "1000.00"),
        ]


def test_a_reminder_with_an_unknown_outcome_is_not_replaced() -> None:
    waiting = fire_due_timers(sent(), LATER)
    lost = EffectFailed(key=newest(waiting, E.REMINDER).key, code="OutcomeUnknown", message="no answer")
    part = execute(apply_event(waiting, lost, NOW), payment(Decimal("14999000.00")), now=LATER)
    assert reminders(part) == [("15", EffectState.UNKNOWN, "15000000.00")]


def test_the_replacement_of_a_reminder_that_was_sent_is_cancelled() -> None:
    waiting = fire_due_timers(sent(), LATER)
    part = execute(waiting, payment(Decimal("14999000.00")), now=LATER)
    late = apply_event(
        part,
        EffectCompleted(key=newest(waiting, E.REMINDER).key, receipt=Receipt(vendor_id="<m-1@aktum>")),
        LATER,
    )
    assert [state for _, state, _ in reminders(late)] == [EffectState.SKIPPED, EffectState.SKIPPED]
    assert late.journal[-1].action == "reminder_came_late"


def test_a_rejection_cancels_an_unsent_reminder() -> None:
    rejected = execute(fire_due_timers(sent(), LATER), Reject(reason="wrong hours"), now=LATER)
    assert reminders(rejected) == [("15", EffectState.SKIPPED, "15000000.00")]
