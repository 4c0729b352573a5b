"""The next state of an invoice after an event: the result of an effect, a due timer, or the end of its effects.

See docs/specification/effects.md 1.4 and 3.
"""

from datetime import datetime

from models.invoice.acts.recording import act_after, record_pending
from models.invoice.content.content import digest
from models.invoice.deadlines.firing import cancel_ended_notices
from models.invoice.deadlines.timers import fire_due_timers
from models.invoice.editing.late_worklogs import compare
from models.invoice.effects import Effect, EffectKind, EffectName, EffectState, Receipt
from models.invoice.events import (
    ActSeen,
    Closed,
    Compared,
    EffectCompleted,
    EffectEvent,
    EffectFailed,
    InvoiceEvent,
    Numbered,
    PaymentPostingOwed,
    Redrafted,
    RemindersSettled,
    Rendered,
    ReviewSkipped,
    TimerFired,
    WaitEnded,
)
from models.invoice.invoice import ActionStamp, Archived, Invoice
from models.invoice.portal.orders import orders_told
from models.invoice.portal.review import skip_review
from models.invoice.postings.payments import post_next_payment
from models.invoice.reminders import settle_early_reminders
from models.invoice.revision import (
    CLIENT,
    SYSTEM,
    InvoiceChanges,
    add_note,
    cancel_effects,
    enqueue_effect,
    next_revision,
    update_effect,
)
from models.invoice.signing.submission import act_sent, sent_changes, without_refused
from models.invoice.status import Kind, Status
from models.values.failure_codes import Failure


def apply_event(invoice: Invoice, event: InvoiceEvent, now: datetime) -> Invoice:
    """Return the next state. The result of an effect that was cancelled meanwhile only leaves a note."""
    match event:
        case TimerFired():
            return fire_due_timers(invoice, now, keeps_ended=event.keeps_ended)
        case RemindersSettled():
            return settle_early_reminders(invoice, now)
        case WaitEnded():
            return cancel_ended_notices(invoice, now)
        case PaymentPostingOwed():
            return post_next_payment(invoice, now)
        case ReviewSkipped():
            return skip_review(invoice, now)
        case Closed():
            return next_revision(invoice, now, "close", status=Status.CLOSED, closed_at=now)
    effect = invoice.effect(event.key)
    if effect is None or not effect.is_open:
        return _late_result(invoice, effect, event, now)
    match event:
        case Compared():
            return _compared(invoice, effect, event, now)
        case Redrafted():
            return _redrafted(invoice, effect, event, now)
        case Numbered():
            return _numbered(invoice, effect, event, now)
        case Rendered():
            return _rendered(invoice, effect, event, now)
        case EffectFailed():
            return _fail_effect(invoice, effect, event, now)
        case ActSeen():
            return record_pending(invoice, effect, event.receipt, now)
        case EffectCompleted():
            return complete_effect(invoice, effect.key, event.receipt, now)


def complete_effect(invoice: Invoice, key: str, receipt: Receipt, now: datetime, by: str = SYSTEM) -> Invoice:
    """Return the next revision, with the receipt in the effect and the changes that follow from it."""
    effect = invoice.effect(key)
    assert effect is not None, f"{key} is not an effect of {invoice.id}"
    vendor_id = receipt.vendor_id or effect.vendor_id
    effects = update_effect(
        invoice.effects,
        key,
        state=receipt.state,
        vendor_id=vendor_id,
        receipt=receipt.details,
        attempts=effect.attempts + receipt.attempts,
        error=receipt.note,
    )
    updates = InvoiceChanges(effects=effects, act=act_after(invoice, effect, receipt, now))
    if receipt.state is EffectState.DONE:
        updates.update(_consequences(invoice, effect, receipt, effects, now))
    details = {"effect": key, "state": receipt.state, "vendor_id": vendor_id or "", **receipt.details}
    action = f"{effect.name}_{receipt.state}"
    return next_revision(invoice, now, action, by=by, reason=receipt.note, details=details, **updates)


def _consequences(
    invoice: Invoice, effect: Effect, receipt: Receipt, effects: tuple[Effect, ...], now: datetime
) -> InvoiceChanges:
    """Return the fields that change because this effect has completed."""
    match effect.name:
        case EffectName.ARCHIVE:
            if "key" in receipt.details:
                return InvoiceChanges(archived=Archived.model_validate(receipt.details))
        case EffectName.EMAIL:
            return sent_changes(now)
        case EffectName.EINVOICE:
            watch = enqueue_effect(
                invoice, now, EffectName.EINVOICE_SIGNATURE, document_id=receipt.vendor_id or effect.vendor_id or ""
            )
            return InvoiceChanges(effects=(*effects, watch))
        case EffectName.EINVOICE_SIGNATURE:
            watch = enqueue_effect(invoice, now, EffectName.EINVOICE_ANSWER, **effect.argument)
            effects = without_refused(effects, "the act was signed in Didox")
            return InvoiceChanges(**sent_changes(now), effects=(*effects, watch))
        case EffectName.EINVOICE_SEND:
            return act_sent(invoice, effect, receipt, effects, now)
        case EffectName.EINVOICE_ANSWER if invoice.status is Status.SENT:
            return _client_decision(receipt, effects, now)
    return InvoiceChanges()


def _client_decision(receipt: Receipt, effects: tuple[Effect, ...], now: datetime) -> InvoiceChanges:
    """Return the changes after the client signed or refused the act in Didox."""
    stamp = ActionStamp(by=CLIENT, at=now, reason=receipt.details.get("comment") or None)
    if receipt.details.get("answer") == "accepted":
        return InvoiceChanges(status=Status.ACCEPTED, accepted=stamp)
    effects = cancel_effects(effects, {EffectName.REMINDER}, "rejected by the client")
    return InvoiceChanges(status=Status.REJECTED, rejected=stamp, overdue=False, effects=effects)


def _late_result(invoice: Invoice, effect: Effect | None, event: EffectEvent, now: datetime) -> Invoice:
    """Return the invoice with a note on the result of a cancelled effect.

    If the effect was executed at the vendor nevertheless, the audit trail gets an event with the vendor's id.
    """
    note = f"The result of {event.key} came after it was given up."
    if not isinstance(event, EffectCompleted) or effect is None or effect.spec.kind is EffectKind.WATCH:
        return add_note(invoice, now, note)
    receipt = event.receipt
    if receipt.state is not EffectState.DONE or effect.state is EffectState.DONE:
        return add_note(invoice, now, note)
    details = {"effect": effect.key, "vendor_id": receipt.vendor_id or "", **receipt.details}
    effects = update_effect(invoice.effects, effect.key, vendor_id=receipt.vendor_id or effect.vendor_id)
    repeated = _repeated_reminder(effects, effect)
    if repeated:
        effects = update_effect(
            effects, repeated.key, state=EffectState.SKIPPED, error="the earlier letter was sent nevertheless"
        )
    late = next_revision(invoice, now, f"{effect.name}_came_late", reason=note, details=details, effects=effects)
    return add_note(late, now, note)


def _repeated_reminder(effects: tuple[Effect, ...], sent: Effect) -> Effect | None:
    """Return the open reminder that replaced `sent` after a part payment, so that the client gets one letter only."""
    if sent.name is not EffectName.REMINDER:
        return None
    reminders = (each for each in effects if each.name is EffectName.REMINDER and each.is_open)
    return next((each for each in reminders if each.argument["days"] == sent.argument.get("days")), None)


def _redrafted(invoice: Invoice, effect: Effect, event: Redrafted, now: datetime) -> Invoice:
    """Return the invoice with the new content in place of the old one and of all edits, which had their makers.

    The invoice date stays, and so does the series if a number was taken from it.
    """
    series = invoice.content.series if invoice.number else event.content.series
    content = event.content.model_copy(update={"series": series, "invoice_date": invoice.content.invoice_date})
    before, after = invoice.content.totals, content.totals
    changes = {"total_amount": (str(before.total_amount), str(after.total_amount))}
    effects = update_effect(invoice.effects, effect.key, state=EffectState.DONE)
    return next_revision(
        invoice, now, "redraft", changes=changes, content=content, effects=effects, undoable=(), makers=(), late=None
    )


def _compared(invoice: Invoice, effect: Effect, event: Compared, now: datetime) -> Invoice:
    """Return the invoice with its late work, compared with the current content: it may have been edited meanwhile."""
    issued = invoice.status is not Status.DRAFT
    late = compare(invoice.content, event.content, now, issued=issued)
    if late.differs:
        before = invoice.late if invoice.late and invoice.late.differs else late
        late = late.model_copy(update={"since": before.since or before.at})
    effects = update_effect(invoice.effects, effect.key, state=EffectState.DONE, attempts=1)
    details = {
        "worklogs": f"{late.added} added, {late.changed} changed, {late.removed} removed",
        "total": str(late.totals_before.total_amount),
        "total_now": str(late.totals_after.total_amount),
        "proposal": "yes" if issued and late.differs else "no",
    }
    return next_revision(invoice, now, "facts_compared", details=details, effects=effects, late=late)


def _numbered(invoice: Invoice, effect: Effect, event: Numbered, now: datetime) -> Invoice:
    """Return the invoice with its number, content and due date frozen under one digest; the document is rendered next.

    See docs/specification/lifecycle.md 5.
    """
    effects = update_effect(
        invoice.effects, effect.key, state=EffectState.DONE, vendor_id=event.number.display, attempts=1
    )
    frozen = digest(invoice.content, event.number.display)
    return next_revision(
        invoice,
        now,
        "number",
        details={"number": event.number.display, "series": event.number.series, "digest": frozen},
        status=Status.NEEDS_REVIEW,
        number=event.number,
        digest=frozen,
        due=None if invoice.kind is Kind.PARTNER else invoice.due_date_by_terms(),
        undoable=(),
        late=invoice.late.as_proposal() if invoice.late else None,
        effects=(*effects, enqueue_effect(invoice, now, EffectName.DOCUMENT)),
    )


def _rendered(invoice: Invoice, effect: Effect, event: Rendered, now: datetime) -> Invoice:
    """Return the invoice with its document; orders are invoiced when the document of their invoice exists."""
    details = {"document_sha256": event.document.sha256}
    effects = update_effect(invoice.effects, effect.key, state=EffectState.DONE, receipt=details)
    told = orders_told(invoice, now, EffectName.ORDERS_INVOICED)
    return next_revision(invoice, now, "render", details=details, effects=(*effects, *told), document=event.document)


def _fail_effect(invoice: Invoice, effect: Effect, event: EffectFailed, now: datetime) -> Invoice:
    """Return the invoice with the effect cancelled, failed or unknown. PostgreSQL stores no NUL in a text."""
    details = {"effect": effect.key, "code": event.code}
    event = event.model_copy(update={"message": _failure_message(effect, event.message.replace("\x00", ""))})
    if effect.spec.cancelled_by_refusal:
        effects = cancel_effects(invoice.effects, {effect.name}, event.message, event.code)
        finalized = None if effect.name is EffectName.NUMBER else invoice.finalized
        after = next_revision(
            invoice,
            now,
            f"{effect.name}_refused",
            reason=event.message,
            details=details,
            effects=effects,
            finalized=finalized,
        )
        return add_note(after, now, event.message)
    state = EffectState.UNKNOWN if event.code == Failure.OUTCOME_UNKNOWN else EffectState.FAILED
    effects = update_effect(
        invoice.effects,
        effect.key,
        state=state,
        error=event.message,
        code=event.code,
        attempts=effect.attempts + 1,
        blocked_since=now,
    )
    return next_revision(invoice, now, f"{effect.name}_failed", reason=event.message, details=details, effects=effects)


def _failure_message(effect: Effect, message: str) -> str:
    """Return the message; for an issued invoice that could not be computed again, say that it is now a draft."""
    if effect.name is not EffectName.REDRAFT or "was" not in effect.argument:
        return message
    return f"The invoice is a draft again, but its facts could not be fetched; regenerate it once more. {message}"


def has_finished(invoice: Invoice) -> bool:
    """Return whether the workflow may end: no effect is open or blocked, and every event is saved."""
    return invoice.is_complete and not invoice.journal


def may_close(invoice: Invoice) -> bool:
    """Return whether the invoice is paid and every effect has completed or was cancelled."""
    return invoice.status is Status.PAID and not invoice.blocked and not _unfinished(invoice)


def may_continue_as_new(invoice: Invoice) -> bool:
    """Return whether only watches are open and every event is saved. The next run continues the watches."""
    return not _unfinished(invoice) and not invoice.journal


def _unfinished(invoice: Invoice) -> list[Effect]:
    return [effect for effect in invoice.open_effects if effect.spec.kind is not EffectKind.WATCH]
