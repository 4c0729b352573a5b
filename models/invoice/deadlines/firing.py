"""What happens at the deadlines of a wait: one message each, cancelled if the wait ends before it is sent.

See docs/specification/lifecycle.md 13.
"""

from datetime import datetime
from typing import Final

from models.access.api_keys import person
from models.invoice.approval import makers_of
from models.invoice.deadlines.fired import FiredDeadline, Step
from models.invoice.deadlines.waits import Wait, open_deadlines, waits
from models.invoice.effects import Effect, EffectName
from models.invoice.invoice import Invoice
from models.invoice.reminders import Timer
from models.invoice.revision import cancel_effects, enqueue_effect, next_revision
from models.issuer.deadlines import WaitKind

# A wait that ended so many messages ago does not stand again.
MOST_FIRED: Final = 100
_ACTIONS = {Step.REMINDER: "deadline_reminded", Step.ESCALATION: "deadline_escalated"}


def next_deadline(invoice: Invoice) -> Timer | None:
    """Return the timer of the next deadline. There is none while the invoice is on hold."""
    if invoice.held:
        return None
    timers = (
        Timer(at=at, purpose=f"{step}: the invoice waits for {wait.words}")
        for wait in waits(invoice)
        for step, at in open_deadlines(invoice, wait)
    )
    return min(timers, key=lambda timer: timer.at, default=None)


def fire_due_deadlines(invoice: Invoice, now: datetime, *, keeps_ended: bool = True) -> Invoice:
    """Return the invoice after all deadlines up to `now`.

    Of several deadlines of one wait that have passed together, after an outage or a hold, only the newest causes a
    message. It replaces an earlier message about the same wait that was not sent. A wait may stand again after it has
    ended, when an effect is retried; with `keeps_ended` its messages do not go out again.
    """
    if invoice.held:
        return invoice
    for wait in waits(invoice):
        invoice = _fire(invoice, wait, now, keeps_ended)
    return invoice


def ended_deadlines(invoice: Invoice) -> tuple[FiredDeadline, ...]:
    """Return the deadlines that have fired and whose waits have ended."""
    standing = {wait.key for wait in waits(invoice)}
    return tuple(each for each in invoice.fired if each.wait not in standing)


def ended_notices(invoice: Invoice) -> tuple[Effect, ...]:
    """Return the messages that are not sent although their wait has ended."""
    standing = {wait.key for wait in waits(invoice)}
    return tuple(effect for effect in _unfinished_notices(invoice) if effect.argument["wait"] not in standing)


def cancel_ended_notices(invoice: Invoice, now: datetime) -> Invoice:
    """Return the invoice with the messages about ended waits cancelled."""
    ended = tuple(effect.key for effect in ended_notices(invoice))
    reason = "what the invoice waited for has happened"
    effects = _cancelled(invoice, ended, reason)
    details = {"effects": ", ".join(ended)}
    return next_revision(invoice, now, "deadline_notice_cancelled", reason=reason, details=details, effects=effects)


def _fire(invoice: Invoice, wait: Wait, now: datetime, keeps_ended: bool) -> Invoice:
    due = [step for step, at in open_deadlines(invoice, wait) if at <= now]
    if not due:
        return invoice  # the timer fired slightly early; the workflow starts it again
    newest = due[-1]
    argument = {
        "wait": wait.key,
        "kind": wait.kind.value,
        "step": newest.value,
        "since": wait.since.isoformat(),
        "role": wait.told(newest).value,
        "command": wait.command.value,
    }
    if wait.effect:
        argument["effect"] = wait.effect
    if others := _without(invoice, wait):
        argument["without"] = others
    older = tuple(each.key for each in _unfinished_notices(invoice) if each.argument["wait"] == wait.key)
    notice = enqueue_effect(invoice, now, EffectName.DEADLINE_NOTICE, **argument)
    forgotten = () if keeps_ended else ended_deadlines(invoice)
    kept = [each for each in invoice.fired if each not in forgotten][-MOST_FIRED:]
    return next_revision(
        invoice,
        now,
        _ACTIONS[newest],
        details={**argument, "passed": ", ".join(due)},
        effects=(*_cancelled(invoice, older, "replaced by a newer message"), notice),
        fired=(*kept, *(FiredDeadline(wait=wait.key, step=step) for step in due)),
    )


def _without(invoice: Invoice, wait: Wait) -> str:
    """Return the people who get no message, one a line: by four eyes they may not give the approval that is awaited."""
    return "\n".join(map(person, makers_of(invoice))) if wait.kind is WaitKind.REVIEW else ""


def _unfinished_notices(invoice: Invoice) -> tuple[Effect, ...]:
    return tuple(each for each in invoice.effects if each.name is EffectName.DEADLINE_NOTICE and each.is_unfinished)


def _cancelled(invoice: Invoice, keys: tuple[str, ...], reason: str) -> tuple[Effect, ...]:
    """Return the effects with the notices of these keys cancelled, also one that a vendor has refused."""
    return tuple(
        cancel_effects((effect,), {EffectName.DEADLINE_NOTICE}, reason)[0] if effect.key in keys else effect
        for effect in invoice.effects
    )
