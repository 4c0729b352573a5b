"""What follows when an effect settles or fails, an alarm rings, or nothing is left to do: the workflow's own steps."""

from datetime import datetime
from typing import Any

from models.advance import SYSTEM, advance, dropped, noted, owed, replaced
from models.alarms import ring
from models.content import digest
from models.effects import Effect, EffectKind, EffectName, EffectState, Receipt
from models.invoice import Archived, Invoice, Mark
from models.late_work import compare
from models.outcomes import AlarmRang, Closed, Compared, Failed, Numbered, Outcome, Redrafted, Rendered, Result, Settled
from models.ports import Failure
from models.status import Status

E = EffectName


def record(invoice: Invoice, outcome: Outcome, now: datetime) -> Invoice:
    """Total over outcomes: one that no longer fits (the effect was dropped meanwhile) moves the invoice no more."""
    match outcome:
        case AlarmRang():
            return ring(invoice, now)
        case Closed():
            return advance(invoice, now, "close", status=Status.CLOSED, closed_at=now)
    effect = invoice.effect(outcome.key)
    if effect is None or not effect.is_open:
        return _came_late(invoice, effect, outcome, now)
    match outcome:
        case Compared():
            return _compared(invoice, effect, outcome, now)
        case Redrafted():
            return _redrafted(invoice, effect, outcome, now)
        case Numbered():
            return _issued(invoice, effect, outcome, now)
        case Rendered():
            details = {"document_sha256": outcome.document.sha256}
            effects = replaced(invoice.effects, effect.key, state=EffectState.DONE, receipt=details)
            return advance(invoice, now, "render", details=details, effects=effects, document=outcome.document)
        case Failed():
            return _failed(invoice, effect, outcome, now)
        case Settled():
            return settle(invoice, effect.key, outcome.receipt, now)


def settle(invoice: Invoice, key: str, receipt: Receipt, now: datetime, by: str = SYSTEM) -> Invoice:
    effect = invoice.effect(key)
    assert effect is not None, f"{key} is not an effect of {invoice.id}"
    vendor_id = receipt.vendor_id or effect.vendor_id
    effects = replaced(
        invoice.effects,
        key,
        state=receipt.state,
        vendor_id=vendor_id,
        receipt=receipt.details,
        attempts=effect.attempts + receipt.attempts,
        error=receipt.note,
    )
    updates: dict[str, Any] = {"effects": effects}
    if receipt.state is EffectState.DONE:
        updates |= _consequences(invoice, effect, receipt, effects, now)
    details = {"effect": key, "state": receipt.state, "vendor_id": vendor_id or "", **receipt.details}
    action = f"{effect.name}_{receipt.state}"
    return advance(invoice, now, action, by=by, reason=receipt.note, details=details, **updates)


def _consequences(
    invoice: Invoice, effect: Effect, receipt: Receipt, effects: tuple[Effect, ...], now: datetime
) -> dict[str, Any]:
    """The fields that change because this effect is done."""
    match effect.name:
        case E.ARCHIVE:
            return {"archived": Archived.model_validate(receipt.details)} if "key" in receipt.details else {}
        case E.EMAIL:
            return _sent(now)
        case E.EINVOICE:
            watch = owed(invoice, now, E.EINVOICE_SIGNATURE, document_id=receipt.vendor_id or effect.vendor_id or "")
            return {"effects": (*effects, watch)}
        case E.EINVOICE_SIGNATURE:
            watch = owed(invoice, now, E.EINVOICE_ANSWER, **effect.argument)
            return _sent(now) | {"effects": (*effects, watch)}
        case E.EINVOICE_ANSWER if invoice.status is Status.SENT:
            return _answered(receipt, effects, now)
    return {}


def _sent(now: datetime) -> dict[str, Any]:
    return {"status": Status.SENT, "sent": Mark(by=SYSTEM, at=now)}


def _answered(receipt: Receipt, effects: tuple[Effect, ...], now: datetime) -> dict[str, Any]:
    mark = Mark(by="the client, in Didox", at=now, reason=receipt.details.get("comment") or None)
    if receipt.details.get("answer") == "accepted":
        return {"status": Status.ACCEPTED, "accepted": mark}
    effects = dropped(effects, {E.REMINDER}, "rejected by the client")
    return {"status": Status.REJECTED, "rejected": mark, "overdue": False, "effects": effects}


def _came_late(invoice: Invoice, effect: Effect | None, outcome: Result, now: datetime) -> Invoice:
    """The result of an effect that was given up. If it acted outside all the same, the audit trail says so."""
    note = f"The result of {outcome.key} came after it was given up."
    if not isinstance(outcome, Settled) or effect is None or effect.spec.kind is EffectKind.WATCH:
        return noted(invoice, now, note)
    receipt = outcome.receipt
    if receipt.state is not EffectState.DONE or effect.state is EffectState.DONE:
        return noted(invoice, now, note)
    details = {"effect": effect.key, "vendor_id": receipt.vendor_id or "", **receipt.details}
    effects = replaced(invoice.effects, effect.key, vendor_id=receipt.vendor_id or effect.vendor_id)
    again = _same_reminder(effects, effect)
    if again:
        effects = replaced(effects, again.key, state=EffectState.SKIPPED, error="the earlier letter went out after all")
    late = advance(invoice, now, f"{effect.name}_came_late", reason=note, details=details, effects=effects)
    return noted(late, now, note)


def _same_reminder(effects: tuple[Effect, ...], late: Effect) -> Effect | None:
    """The one that took its place after a part payment; nobody is reminded twice of the same day."""
    reminders = (each for each in effects if each.name is E.REMINDER and each.is_open)
    days = late.argument.get("days")
    return next((each for each in reminders if late.name is E.REMINDER and each.argument["days"] == days), None)


def _redrafted(invoice: Invoice, effect: Effect, outcome: Redrafted, now: datetime) -> Invoice:
    """New facts in, and nothing left of what people did to the draft; a series from which a number has been taken
    stays, and the invoice's date."""
    series = invoice.content.series if invoice.number else outcome.content.series
    content = outcome.content.model_copy(update={"series": series, "invoice_date": invoice.content.invoice_date})
    before, after = invoice.content.totals, content.totals
    changes = {"total_amount": (str(before.total_amount), str(after.total_amount))}
    effects = replaced(invoice.effects, effect.key, state=EffectState.DONE)
    return advance(invoice, now, "redraft", changes=changes, content=content, effects=effects, undoable=(), late=None)


def _compared(invoice: Invoice, effect: Effect, outcome: Compared, now: datetime) -> Invoice:
    """Held against the content as it is by now; an edit may have come in between."""
    issued = invoice.status is not Status.DRAFT
    late = compare(invoice.content, outcome.content, now, issued=issued)
    effects = replaced(invoice.effects, effect.key, state=EffectState.DONE, attempts=1)
    details = {
        "worklogs": f"{late.added} added, {late.changed} changed, {late.removed} removed",
        "total": str(late.totals_before.total_amount),
        "total_now": str(late.totals_after.total_amount),
        "proposal": "yes" if issued and late.differs else "no",
    }
    return advance(invoice, now, "facts_compared", details=details, effects=effects, late=late)


def _issued(invoice: Invoice, effect: Effect, outcome: Numbered, now: datetime) -> Invoice:
    """The number is taken: content and due date are frozen under one digest, and the document can be made."""
    effects = replaced(
        invoice.effects, effect.key, state=EffectState.DONE, vendor_id=outcome.number.display, attempts=1
    )
    frozen = digest(invoice.content, outcome.number.display)
    return advance(
        invoice,
        now,
        "number",
        details={"number": outcome.number.display, "series": outcome.number.series, "digest": frozen},
        status=Status.NEEDS_REVIEW,
        number=outcome.number,
        digest=frozen,
        due=invoice.due_on(),
        undoable=(),
        late=invoice.late.as_proposal() if invoice.late else None,
        effects=(*effects, owed(invoice, now, E.DOCUMENT)),
    )


def _failed(invoice: Invoice, effect: Effect, outcome: Failed, now: datetime) -> Invoice:
    details = {"effect": effect.key, "code": outcome.code}
    outcome = outcome.model_copy(update={"message": _told(effect, outcome.message.replace("\x00", ""))})
    if effect.spec.cancelled_by_refusal:
        effects = dropped(invoice.effects, {effect.name}, outcome.message)
        finalized = None if effect.name is E.NUMBER else invoice.finalized
        after = advance(
            invoice,
            now,
            f"{effect.name}_refused",
            reason=outcome.message,
            details=details,
            effects=effects,
            finalized=finalized,
        )
        return noted(after, now, outcome.message)
    state = EffectState.UNKNOWN if outcome.code == Failure.OUTCOME_UNKNOWN else EffectState.FAILED
    effects = replaced(invoice.effects, effect.key, state=state, error=outcome.message, attempts=effect.attempts + 1)
    return advance(invoice, now, f"{effect.name}_failed", reason=outcome.message, details=details, effects=effects)


def _told(effect: Effect, message: str) -> str:
    """Whoever asked for new facts of an issued invoice must know that it is a draft again all the same."""
    if effect.name is not E.REDRAFT or "was" not in effect.argument:
        return message
    return f"The invoice is a draft again, but its facts could not be fetched; regenerate it once more. {message}"


def has_finished(invoice: Invoice) -> bool:
    """Nothing is owed, blocked or unsaid any more: the workflow may end."""
    return invoice.is_final and not invoice.open_effects and not invoice.blocked and not invoice.journal


def may_close(invoice: Invoice) -> bool:
    """Paid, and all that was owed outside has been done or given up."""
    return invoice.status is Status.PAID and not invoice.blocked and not _unfinished(invoice)


def may_continue_as_new(invoice: Invoice) -> bool:
    """An empty outbox; a watch may wait on, the next run takes it up again (reference/temporal.md 2.1)."""
    return not _unfinished(invoice) and not invoice.journal


def _unfinished(invoice: Invoice) -> list[Effect]:
    return [effect for effect in invoice.open_effects if effect.spec.kind is not EffectKind.WATCH]
