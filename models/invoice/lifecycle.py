"""`apply` computes the next state of an invoice after a command. The caller passes the current time.

See docs/specification/lifecycle.md 3.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Unpack

from models.invoice.checks.confirmation import confirmed, warnings_to_confirm
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
    RecordPortalStatus,
    Regenerate,
    Reject,
    Release,
    Reopen,
    ResolveEffect,
    RetryEffect,
    ReversePayment,
    SubmitSignature,
    SyncPlanfact,
    TakeIn,
    Undo,
    Void,
    WriteOff,
)
from models.invoice.editing import history
from models.invoice.editing.edit import changes_between
from models.invoice.effects import WATCHES, EffectName, EffectState, Receipt
from models.invoice.event_handlers import complete_effect
from models.invoice.invoice import ActionStamp, Invoice
from models.invoice.payments.recording import record_payment
from models.invoice.payments.reversal import reverse_payment
from models.invoice.payments.write_offs import write_off
from models.invoice.portal.orders import orders_returned
from models.invoice.portal.submitting import mark_uploaded, record_portal_status, reject_for_good
from models.invoice.postings.synchronisation import sync_planfact
from models.invoice.preconditions import check_except_edit, is_repeat
from models.invoice.revision import (
    InvoiceChanges,
    cancel_effects,
    enqueue_effect,
    name_delegator,
    next_revision,
    remember_request,
    update_effect,
)
from models.invoice.signing.submission import submit_signature
from models.invoice.status import Kind, Status, is_final
from models.invoice.withdrawal import back_to_draft, withdrawn_effects
from models.values.document_options import Channel
from models.values.period import local_day


def apply(invoice: Invoice, command: Command, now: datetime, *, asks: bool = True) -> Invoice:
    """Return the next state; for a repeated command the invoice as it is. Raises what `check` raises.

    `asks` is False for a command that an earlier release applied, which asked neither about a due date in the past nor
    about a payment like a booked one.
    """
    if is_repeat(invoice, command):
        return invoice
    check_except_edit(invoice, command, now, asks=asks)
    after = _next_state(invoice, command, now)
    if command.on_behalf_of:
        after = name_delegator(invoice, after, command.on_behalf_of)
    return remember_request(after, command)


def _next_state(invoice: Invoice, command: Command, now: datetime) -> Invoice:
    stamp = ActionStamp(by=command.by, at=now, reason=getattr(command, "reason", None))
    match command:
        case Edit():
            return history.edit(invoice, command, now)
        case Undo():
            return history.undo(invoice, command, now)
        case Regenerate():
            return _regenerate(invoice, stamp)
        case CheckFacts():
            return _check_facts(invoice, stamp)
        case TakeIn():
            return history.take_in(invoice, command, now)
        case Finalize():
            return _finalize(invoice, command, stamp)
        case Approve():
            return _approve(invoice, command, stamp)
        case Decline():
            effects = cancel_effects(invoice.effects, {EffectName.DOCUMENT}, "declined")
            return _advance(invoice, "decline", stamp, status=Status.DECLINED, declined=stamp, effects=effects)
        case Reopen():
            return _reopen(invoice, stamp)
        case Deliver():
            return _deliver(invoice, command, stamp)
        case MarkUploaded():
            return mark_uploaded(invoice, command, now)
        case RecordPortalStatus():
            return record_portal_status(invoice, command, now)
        case Accept():
            effects = cancel_effects(invoice.effects, WATCHES, "accepted by hand")
            return _advance(invoice, "accept", stamp, status=Status.ACCEPTED, accepted=stamp, effects=effects)
        case Reject():
            return _reject(invoice, command, stamp)
        case RecordPayment():
            return record_payment(invoice, command, now)
        case ReversePayment():
            return reverse_payment(invoice, command, now)
        case WriteOff():
            return write_off(invoice, command, now)
        case Void():
            return _void(invoice, stamp)
        case Discard():
            return _discard(invoice, stamp)
        case Hold():
            return _advance(invoice, "hold", stamp, held=stamp)
        case Release():
            return _advance(invoice, "release", stamp, held=None)
        case RetryEffect():
            return _retry(invoice, command, stamp)
        case ResolveEffect():
            return _resolve(invoice, command, now)
        case SyncPlanfact():
            return sync_planfact(invoice, command, now)
        case SubmitSignature():
            return submit_signature(invoice, command, now)
        case _:
            raise AssertionError(f"no rule for {command.name}")


def _advance(
    invoice: Invoice,
    action: str,
    stamp: ActionStamp,
    *,
    details: Mapping[str, str] | None = None,
    **updates: Unpack[InvoiceChanges],
) -> Invoice:
    """Return the next revision, made by the person in the stamp."""
    return next_revision(invoice, stamp.at, action, by=stamp.by, reason=stamp.reason, details=details, **updates)


def _reopen(invoice: Invoice, stamp: ActionStamp) -> Invoice:
    changes = back_to_draft(invoice, stamp.at)
    changes["undoable"] = ()
    changes["late"] = None
    return _advance(invoice, "reopen", stamp, **changes)


def _regenerate(invoice: Invoice, stamp: ActionStamp) -> Invoice:
    """Return the invoice as a draft that waits for new content. Edits stay until the new content has arrived."""
    changes = back_to_draft(invoice, stamp.at)
    was = {} if invoice.status is Status.DRAFT else {"was": invoice.status.value}
    changes["effects"] = (*changes["effects"], enqueue_effect(invoice, stamp.at, EffectName.REDRAFT, **was))
    return _advance(invoice, "regenerate", stamp, **changes)


def _check_facts(invoice: Invoice, stamp: ActionStamp) -> Invoice:
    """Return the invoice with a new comparison enqueued. Only the newest one is kept, because there may be many."""
    others = tuple(effect for effect in invoice.effects if effect.name is not EffectName.FACTS_CHECK)
    effects = (*others, enqueue_effect(invoice, stamp.at, EffectName.FACTS_CHECK))
    return _advance(invoice, "check_facts", stamp, effects=effects)


def _finalize(invoice: Invoice, command: Finalize, stamp: ActionStamp) -> Invoice:
    """Return the invoice with its number enqueued; with `issue_today` it is dated on the day of the command."""
    content, changes = invoice.content, {}
    if command.issue_today:
        content = content.model_copy(update={"invoice_date": local_day(stamp.at, content.issuer.zone)})
        changes = changes_between(invoice.content, content)
    return next_revision(
        invoice,
        stamp.at,
        "finalize",
        by=stamp.by,
        changes=changes,
        details=confirmed(warnings_to_confirm(invoice, command, stamp.at), command.confirmed_warnings),
        content=content,
        effects=(*invoice.effects, enqueue_effect(invoice, stamp.at, EffectName.NUMBER)),
        finalized=stamp,
    )


def _approve(invoice: Invoice, command: Approve, stamp: ActionStamp) -> Invoice:
    # The revenue of orders is recognised when they are paid.
    names = [EffectName.ARCHIVE] if invoice.kind is Kind.PARTNER else [EffectName.ARCHIVE, EffectName.ACCOUNTING]
    if invoice.content.issuer.notice_email:
        names.append(EffectName.NOTICE)
    effects = (*invoice.effects, *(enqueue_effect(invoice, stamp.at, name) for name in names))
    details = {"role": command.role} if command.role else None
    return _advance(invoice, "approve", stamp, details=details, status=Status.APPROVED, approved=stamp, effects=effects)


def _deliver(invoice: Invoice, command: Deliver, stamp: ActionStamp) -> Invoice:
    channel = command.channel or invoice.content.channel
    name = EffectName.EMAIL if channel is Channel.EMAIL else EffectName.EINVOICE
    argument = {"document": "pdf"} if channel is Channel.DIDOX_PDF else {}
    effects = (*invoice.effects, enqueue_effect(invoice, stamp.at, name, **argument))
    return _advance(invoice, "deliver", stamp, details={"channel": channel}, effects=effects)


def _reject(invoice: Invoice, command: Reject, stamp: ActionStamp) -> Invoice:
    details = {"remarks": command.remarks or "", "attachment": command.attachment or ""}
    if command.code:
        details["code"] = command.code
    rejected = InvoiceChanges(status=Status.REJECTED, rejected=stamp, overdue=False)
    if is_final(invoice.kind, Status.REJECTED):
        rejected.update(reject_for_good(invoice, command, stamp))
    else:
        rejected["effects"] = cancel_effects(invoice.effects, WATCHES | {EffectName.REMINDER}, "rejected by hand")
    return _advance(invoice, "reject", stamp, details=details, **rejected)


def _void(invoice: Invoice, stamp: ActionStamp) -> Invoice:
    reason = "the invoice was voided"
    return _advance(
        invoice,
        "void",
        stamp,
        status=Status.VOID,
        voided=stamp,
        overdue=False,
        closed_at=stamp.at,
        effects=orders_returned(invoice, withdrawn_effects(invoice, stamp.at, reason), stamp.at, reason),
        undoable=(),
        late=None,
    )


def _discard(invoice: Invoice, stamp: ActionStamp) -> Invoice:
    reason = "the draft was discarded"
    effects = cancel_effects(invoice.effects, {EffectName.FACTS_CHECK}, reason)
    return _advance(
        invoice,
        "discard",
        stamp,
        status=Status.DISCARDED,
        closed_at=stamp.at,
        effects=orders_returned(invoice, effects, stamp.at, reason),
        undoable=(),
        late=None,
    )


def _retry(invoice: Invoice, command: RetryEffect, stamp: ActionStamp) -> Invoice:
    effects = update_effect(invoice.effects, command.effect_id, state=EffectState.PENDING, error=None)
    return _advance(invoice, "retry_effect", stamp, details={"effect": command.effect_id}, effects=effects)


def _resolve(invoice: Invoice, command: ResolveEffect, now: datetime) -> Invoice:
    """Return the invoice with the effect's outcome as a person found it at the vendor."""
    receipt = Receipt(
        state=EffectState(command.outcome),
        vendor_id=command.vendor_id,
        attempts=0,
        note=f"resolved by {command.by}: {command.note}",
    )
    return complete_effect(invoice, command.effect_id, receipt, now, by=command.by)
