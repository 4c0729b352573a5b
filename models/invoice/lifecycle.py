"""`apply`: the next state of an invoice under a command. Pure: the caller says what time it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Unpack

from models.invoice.commands import (
    Accept,
    Approve,
    CheckFacts,
    Command,
    Decline,
    Deliver,
    Discard,
    Edit,
    Finalize,
    Hold,
    MarkUploaded,
    RecordPayment,
    Regenerate,
    Reject,
    Release,
    Reopen,
    ResolveEffect,
    RetryEffect,
    TakeIn,
    Undo,
    Void,
)
from models.invoice.editing import history
from models.invoice.effects import (
    CANCELLED_ON_REOPEN,
    CANCELLED_ON_VOID,
    COMPENSATED_BY,
    WATCHES,
    Effect,
    EffectName,
    EffectState,
    Receipt,
)
from models.invoice.event_handlers import complete_effect
from models.invoice.invoice import ActionStamp, Invoice, Payment
from models.invoice.preconditions import check_except_edit, is_repeat
from models.invoice.reminders import replace_reminder
from models.invoice.revision import (
    InvoiceChanges,
    cancel_effects,
    enqueue_effect,
    next_revision,
    remember_request,
    update_effect,
)
from models.invoice.status import Status, is_final
from models.values.document_options import Channel
from models.values.money import ZERO
from models.values.period import due_date, local_day


def apply(invoice: Invoice, command: Command, now: datetime) -> Invoice:
    """Raises what `check` raises. A repeated command returns the invoice as it is."""
    if is_repeat(invoice, command):
        return invoice
    check_except_edit(invoice, command, now)
    return remember_request(_step(invoice, command, now), command)


def _step(invoice: Invoice, command: Command, now: datetime) -> Invoice:
    mark = ActionStamp(by=command.by, at=now, reason=getattr(command, "reason", None))
    match command:
        case Edit():
            return history.edit(invoice, command, now)
        case Undo():
            return history.undo(invoice, command, now)
        case Regenerate():
            return _regenerate(invoice, mark)
        case CheckFacts():
            return _check_facts(invoice, mark)
        case TakeIn():
            return history.take_in(invoice, command, now)
        case Finalize():
            effects = (*invoice.effects, enqueue_effect(invoice, now, EffectName.NUMBER))
            return _advance(invoice, "finalize", mark, effects=effects, finalized=mark)
        case Approve():
            return _approve(invoice, command, mark)
        case Decline():
            effects = cancel_effects(invoice.effects, {EffectName.DOCUMENT}, "declined")
            return _advance(invoice, "decline", mark, status=Status.DECLINED, declined=mark, effects=effects)
        case Reopen():
            return _reopen(invoice, mark)
        case Deliver():
            return _deliver(invoice, command, mark)
        case MarkUploaded():
            return _upload(invoice, command, mark)
        case Accept():
            effects = cancel_effects(invoice.effects, WATCHES, "accepted by hand")
            return _advance(invoice, "accept", mark, status=Status.ACCEPTED, accepted=mark, effects=effects)
        case Reject():
            return _reject(invoice, command, mark)
        case RecordPayment():
            return _pay(invoice, command, now)
        case Void():
            return _void(invoice, mark)
        case Discard():
            return _discard(invoice, mark)
        case Hold():
            return _advance(invoice, "hold", mark, held=mark)
        case Release():
            return _advance(invoice, "release", mark, held=None)
        case RetryEffect():
            return _retry(invoice, command, mark)
        case ResolveEffect():
            return _resolve(invoice, command, now)
        case _:
            raise AssertionError(f"no rule for {command.name}")


def _advance(
    invoice: Invoice,
    action: str,
    mark: ActionStamp,
    *,
    details: Mapping[str, str] | None = None,
    **updates: Unpack[InvoiceChanges],
) -> Invoice:
    """Return the next revision, which a person made."""
    return next_revision(invoice, mark.at, action, by=mark.by, reason=mark.reason, details=details, **updates)


def _reopen(invoice: Invoice, mark: ActionStamp) -> Invoice:
    back = _back_to_draft(invoice, mark.at)
    back["undoable"] = ()
    back["late"] = None
    return _advance(invoice, "reopen", mark, **back)


def _regenerate(invoice: Invoice, mark: ActionStamp) -> Invoice:
    """Back to draft at once. What people did to the draft gives way only when the new facts are there."""
    back = _back_to_draft(invoice, mark.at)
    was = {} if invoice.status is Status.DRAFT else {"was": invoice.status.value}
    back["effects"] = (*back["effects"], enqueue_effect(invoice, mark.at, EffectName.REDRAFT, **was))
    return _advance(invoice, "regenerate", mark, **back)


def _check_facts(invoice: Invoice, mark: ActionStamp) -> Invoice:
    """Checks may be many; only the last one is kept."""
    others = tuple(effect for effect in invoice.effects if effect.name is not EffectName.FACTS_CHECK)
    effects = (*others, enqueue_effect(invoice, mark.at, EffectName.FACTS_CHECK))
    return _advance(invoice, "check_facts", mark, effects=effects)


def _approve(invoice: Invoice, command: Approve, mark: ActionStamp) -> Invoice:
    names = [EffectName.ARCHIVE, EffectName.ACCOUNTING]
    if invoice.content.issuer.notice_email:
        names.append(EffectName.NOTICE)
    effects = (*invoice.effects, *(enqueue_effect(invoice, mark.at, name) for name in names))
    details = {"role": command.role} if command.role else None
    return _advance(invoice, "approve", mark, details=details, status=Status.APPROVED, approved=mark, effects=effects)


def _deliver(invoice: Invoice, command: Deliver, mark: ActionStamp) -> Invoice:
    channel = command.channel or invoice.content.channel
    name = EffectName.EMAIL if channel is Channel.EMAIL else EffectName.EINVOICE
    effects = (*invoice.effects, enqueue_effect(invoice, mark.at, name))
    return _advance(invoice, "deliver", mark, details={"channel": channel}, effects=effects)


def _back_to_draft(invoice: Invoice, now: datetime) -> InvoiceChanges:
    """What approval did is compensated first; the number stays with the invoice."""
    effects = cancel_effects(invoice.effects, CANCELLED_ON_REOPEN, "the invoice went back to draft")
    return InvoiceChanges(
        status=Status.DRAFT,
        effects=(*effects, *_compensations(invoice, now), *_kept_copy(invoice, now)),
        digest=None,
        document=None,
        finalized=None,
        approved=None,
        sent=None,
        due=None,
        overdue=False,
        reminded=(),
    )


def _compensations(invoice: Invoice, now: datetime) -> list[Effect]:
    """Once for each vendor that may have acted, also when we do not know whether it has (the activity looks)."""
    found = []
    for done, undo in COMPENSATED_BY.items():
        original = invoice.latest_effect(done)
        undone = invoice.latest_effect(undo)
        if original and (undone is None or undone.revision < original.revision):
            argument = {"reverses": original.key, "vendor_id": original.vendor_id or ""}
            found.append(enqueue_effect(invoice, now, undo, **argument))
    return found


def _kept_copy(invoice: Invoice, now: datetime) -> list[Effect]:
    """The archived PDF is copied aside before a later approval may replace it: Act_{number}.rev{n}.pdf."""
    original = invoice.latest_effect(EffectName.ARCHIVE)
    kept = [effect for effect in invoice.effects if effect.name is EffectName.ARCHIVE_KEEP]
    if original is None or (kept and kept[-1].revision > original.revision):
        return []
    return [enqueue_effect(invoice, now, EffectName.ARCHIVE_KEEP, copy=str(len(kept) + 1), keeps=original.key)]


def _upload(invoice: Invoice, command: MarkUploaded, mark: ActionStamp) -> Invoice:
    """Due = day of the upload + terms; it awaits payment from then on."""
    day = local_day(command.uploaded_at, invoice.content.issuer.zone)
    uploaded = _advance(
        invoice,
        "mark_uploaded",
        mark,
        details={"portal_submission_id": command.portal_submission_id or "", "url": command.url or ""},
        status=Status.UPLOADED,
        uploaded=ActionStamp(by=command.by, at=command.uploaded_at),
        portal_submission_id=command.portal_submission_id,
    )
    due = due_date(day, invoice.content.payment_days)
    details = {"due": str(due)}
    return next_revision(uploaded, mark.at, "await_payment", details=details, status=Status.AWAITING_PAYMENT, due=due)


def _reject(invoice: Invoice, command: Reject, mark: ActionStamp) -> Invoice:
    details = {"remarks": command.remarks or "", "attachment": command.attachment or ""}
    rejected = InvoiceChanges(status=Status.REJECTED, rejected=mark, overdue=False)
    if is_final(invoice.kind, Status.REJECTED):
        # Another invoice takes its place, so what this one has booked is compensated.
        rejected["effects"] = _withdrawn(invoice, mark.at, "the invoice was rejected")
        rejected["closed_at"] = mark.at
    else:
        rejected["effects"] = cancel_effects(invoice.effects, WATCHES | {EffectName.REMINDER}, "rejected by hand")
    return _advance(invoice, "reject", mark, details=details, **rejected)


def _withdrawn(invoice: Invoice, now: datetime, why: str) -> tuple[Effect, ...]:
    """A number that was given out keeps its document: the archive gets it, or may have it already."""
    return (*cancel_effects(invoice.effects, CANCELLED_ON_VOID, why), *_compensations(invoice, now))


def _pay(invoice: Invoice, command: RecordPayment, now: datetime) -> Invoice:
    """Part payments add up; what is above the balance is recorded as a surplus. A payment accepts what was sent."""
    if invoice.status is Status.SENT:
        invoice = next_revision(
            invoice,
            now,
            "accept",
            by=command.by,
            reason="paid",
            status=Status.ACCEPTED,
            accepted=ActionStamp(by=command.by, at=now, reason="paid"),
            effects=cancel_effects(invoice.effects, WATCHES, "paid"),
        )
    surplus = max(command.amount - invoice.balance, ZERO)
    payment = Payment(
        payment_id=command.payment_id,
        paid_on=command.paid_on,
        amount=command.amount,
        reference=command.reference,
        surplus=surplus,
        bank_slip=command.bank_slip,
    )
    balance = invoice.balance - (command.amount - surplus)
    updates = InvoiceChanges(payments=(*invoice.payments, payment))
    if balance == ZERO:
        updates["status"] = Status.PAID
        updates["overdue"] = False
        updates["effects"] = cancel_effects(invoice.effects, {EffectName.REMINDER}, "paid")
    else:
        updates["effects"] = replace_reminder(invoice, balance, now)
    details = {
        "payment_id": payment.payment_id,
        "paid_on": str(payment.paid_on),
        "amount": str(payment.amount),
        "reference": payment.reference,
        "surplus": str(surplus),
        "balance": str(balance),
    }
    return next_revision(invoice, now, "record_payment", by=command.by, details=details, **updates)


def _void(invoice: Invoice, mark: ActionStamp) -> Invoice:
    return _advance(
        invoice,
        "void",
        mark,
        status=Status.VOID,
        voided=mark,
        overdue=False,
        closed_at=mark.at,
        effects=_withdrawn(invoice, mark.at, "the invoice was voided"),
        undoable=(),
        late=None,
    )


def _discard(invoice: Invoice, mark: ActionStamp) -> Invoice:
    effects = cancel_effects(invoice.effects, {EffectName.FACTS_CHECK}, "the draft was discarded")
    return _advance(
        invoice,
        "discard",
        mark,
        status=Status.DISCARDED,
        closed_at=mark.at,
        effects=effects,
        undoable=(),
        late=None,
    )


def _retry(invoice: Invoice, command: RetryEffect, mark: ActionStamp) -> Invoice:
    effects = update_effect(invoice.effects, command.effect_id, state=EffectState.PENDING, error=None)
    return _advance(invoice, "retry_effect", mark, details={"effect": command.effect_id}, effects=effects)


def _resolve(invoice: Invoice, command: ResolveEffect, now: datetime) -> Invoice:
    """A person looked at the vendor's side and says what is true there."""
    receipt = Receipt(
        state=EffectState(command.outcome),
        vendor_id=command.vendor_id,
        attempts=0,
        note=f"resolved by {command.by}: {command.note}",
    )
    return complete_effect(invoice, command.effect_id, receipt, now, by=command.by)
