"""All timers of an invoice: those of its payment, and the deadlines of what it waits for."""

from datetime import datetime

from models.invoice import reminders
from models.invoice.deadlines.firing import fire_due_deadlines, next_deadline
from models.invoice.invoice import Invoice
from models.invoice.reminders import Timer


def next_timer(invoice: Invoice) -> Timer | None:
    """Return the next moment at which the invoice changes by itself; None while it is on hold."""
    timers = (reminders.next_timer(invoice), next_deadline(invoice))
    return min((timer for timer in timers if timer), key=lambda timer: timer.at, default=None)


def fire_due_timers(invoice: Invoice, now: datetime, *, keeps_ended: bool = True) -> Invoice:
    """Return the invoice after all timers up to `now`."""
    return fire_due_deadlines(reminders.fire_due_timers(invoice, now), now, keeps_ended=keeps_ended)
