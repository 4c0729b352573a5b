"""The timers of an unpaid invoice: reminders around its due date, and the overdue flag on the day after it.

The due date is a calendar date in the issuer's zone (docs/specification/lifecycle.md 9).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import Invoice
from models.invoice.revision import (
    InvoiceChanges,
    add_note,
    cancel_effects,
    enqueue_effect,
    next_revision,
    update_effect,
)
from models.values.base_models import Frozen
from models.values.money import plain
from models.values.period import local_moment

REMINDER_HOUR = 9


class Timer(Frozen):
    """The next moment at which the invoice changes by itself. Operators read `purpose` in the Web UI."""

    at: datetime
    purpose: str


def next_timer(invoice: Invoice) -> Timer | None:
    """Return the invoice's next timer. There is none while it awaits no payment, or while it is on hold."""
    if invoice.due is None or not invoice.awaits_money or invoice.held:
        return None
    timers = [Timer(at=moment, purpose=f"reminder {_when(days)}") for days, moment in _reminders(invoice)]
    if not invoice.overdue:
        timers.append(Timer(at=_overdue_from(invoice), purpose=f"overdue after {invoice.due}"))
    return min(timers, key=lambda timer: timer.at, default=None)


def fire_due_timers(invoice: Invoice, now: datetime) -> Invoice:
    """Return the invoice after all timers up to `now`.

    After an outage or a hold several reminders may be due. Only the newest is then sent, and it replaces those that
    still wait, so that the customer gets one letter. An invoice that no longer awaits payment is returned unchanged.
    """
    if invoice.due is None or not invoice.awaits_money or invoice.held:
        return invoice
    passed = [days for days, moment in _reminders(invoice) if moment <= now]
    overdue = invoice.overdue or now >= _overdue_from(invoice)
    if not passed and overdue == invoice.overdue:
        return invoice  # the timer fired slightly early; the workflow starts it again
    updates = InvoiceChanges(overdue=overdue, reminded=(*invoice.reminded, *passed))
    if passed and invoice.content.recipients:
        reminder = enqueue_effect(
            invoice, now, EffectName.REMINDER, days=str(max(passed)), balance=plain(invoice.balance)
        )
        older = cancel_effects(invoice.effects, {EffectName.REMINDER}, "replaced by a newer reminder")
        updates["effects"] = (*older, reminder)
    action = "overdue" if overdue and not invoice.overdue else "reminder_due"
    details = {"due": str(invoice.due), "reminders": ", ".join(_when(days) for days in passed)}
    reminded = next_revision(invoice, now, action, details=details, **updates)
    if passed and not invoice.content.recipients:
        return add_note(reminded, now, "A reminder was due, but the invoice has no e-mail recipient.")
    return reminded


def early_reminders(invoice: Invoice) -> tuple[int, ...]:
    """Return the open reminders whose moment lies before the delivery: the invoice's own letter said what they say."""
    delivered = invoice.uploaded or invoice.sent
    if invoice.due is None or not invoice.awaits_money or delivered is None:
        return ()
    return tuple(days for days, moment in _reminders(invoice) if moment <= delivered.at)


def settle_early_reminders(invoice: Invoice, now: datetime) -> Invoice:
    """Return the invoice with its early reminders settled without a letter."""
    early = early_reminders(invoice)
    details = {"reminders": ", ".join(_when(days) for days in early)}
    return next_revision(invoice, now, "reminders_settled", details=details, reminded=(*invoice.reminded, *early))


def replace_reminder(invoice: Invoice, balance: Decimal, now: datetime, reason: str) -> tuple[Effect, ...]:
    """Return the effects with a reminder that was not sent replaced by one with the new balance.

    A reminder with an unknown outcome may have been sent, so it stays blocked and is not replaced.
    """
    newest = invoice.latest_effect(EffectName.REMINDER)
    if newest is None or newest.state not in (EffectState.PENDING, EffectState.FAILED):
        return invoice.effects
    reminder = enqueue_effect(invoice, now, EffectName.REMINDER, days=newest.argument["days"], balance=plain(balance))
    return (*update_effect(invoice.effects, newest.key, state=EffectState.SKIPPED, error=reason), reminder)


def restore_reminder(invoice: Invoice, balance: Decimal, now: datetime, reasons: Collection[str]) -> list[Effect]:
    """Return the reminder again that was cancelled for one of the reasons, with the balance of today.

    One that was tried may have been sent, so it is not restored.
    """
    newest = invoice.latest_effect(EffectName.REMINDER)
    if newest is None or newest.attempts or newest.state is not EffectState.SKIPPED or newest.error not in reasons:
        return []
    return [enqueue_effect(invoice, now, EffectName.REMINDER, days=newest.argument["days"], balance=plain(balance))]


def _reminders(invoice: Invoice) -> list[tuple[int, datetime]]:
    assert invoice.due is not None
    zone = invoice.content.issuer.zone
    open_days = [days for days in sorted(invoice.content.reminder_days) if days not in invoice.reminded]
    return [(days, local_moment(invoice.due + timedelta(days=days), REMINDER_HOUR, zone)) for days in open_days]


def _overdue_from(invoice: Invoice) -> datetime:
    assert invoice.due is not None
    return local_moment(invoice.due + timedelta(days=1), 0, invoice.content.issuer.zone)


def _when(days: int) -> str:
    if days == 0:
        return "on the due date"
    count = f"{abs(days)} {'day' if abs(days) == 1 else 'days'}"
    return f"{count} before the due date" if days < 0 else f"{count} late"
