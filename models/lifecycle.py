"""`apply`: the next state of an invoice under a command (design 4). Pure: the caller says what time it is."""

from datetime import datetime
from typing import Any

from models import revising
from models.advance import advance, dropped, owed, remembered, replaced
from models.alarms import asking_for
from models.commands import (
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
from models.effects import (
    CANCELLED_ON_REOPEN,
    CANCELLED_ON_VOID,
    COMPENSATED_BY,
    WATCHES,
    Effect,
    EffectName,
    EffectState,
    Receipt,
)
from models.guards import is_repeat, permit
from models.invoice import Invoice, Mark, Payment
from models.money import ZERO
from models.periods import due_date, local_day
from models.settling import settle
from models.status import Status, is_final
from models.terms import Channel

E = EffectName
# No edit to take back, no late work to take in.
_NOTHING_TO_REVISE: dict[str, Any] = {"undoable": (), "late": None}


def apply(invoice: Invoice, command: Command, now: datetime) -> Invoice:
    """Raises what `check` raises. A repeated command returns the invoice as it is."""
    if is_repeat(invoice, command):
        return invoice
    permit(invoice, command, now)
    return remembered(_step(invoice, command, now), command)


def _step(invoice: Invoice, command: Command, now: datetime) -> Invoice:
    mark = Mark(by=command.by, at=now, reason=getattr(command, "reason", None))
    said: dict[str, Any] = {"by": command.by, "reason": mark.reason}
    match command:
        case Edit():
            return revising.edit(invoice, command, now)
        case Undo():
            return revising.undo(invoice, command, now)
        case Regenerate():
            return _regenerate(invoice, now, said)
        case CheckFacts():
            return _check_facts(invoice, now, said)
        case TakeIn():
            return revising.take_in(invoice, command, now)
        case Finalize():
            effects = (*invoice.effects, owed(invoice, now, E.NUMBER))
            return advance(invoice, now, "finalize", **said, effects=effects, finalized=mark)
        case Approve():
            return _approve(invoice, command, now, mark)
        case Decline():
            effects = dropped(invoice.effects, {E.DOCUMENT}, "declined")
            return advance(invoice, now, "decline", **said, status=Status.DECLINED, declined=mark, effects=effects)
        case Reopen():
            return advance(invoice, now, "reopen", **said, **_back_to_draft(invoice, now), **_NOTHING_TO_REVISE)
        case Deliver():
            channel = command.channel or invoice.content.channel
            name = E.EMAIL if channel is Channel.EMAIL else E.EINVOICE
            effects = (*invoice.effects, owed(invoice, now, name))
            return advance(invoice, now, "deliver", **said, details={"channel": channel}, effects=effects)
        case MarkUploaded():
            return _upload(invoice, command, now, said)
        case Accept():
            effects = dropped(invoice.effects, WATCHES, "accepted by hand")
            return advance(invoice, now, "accept", **said, status=Status.ACCEPTED, accepted=mark, effects=effects)
        case Reject():
            return _reject(invoice, command, now, said, mark)
        case RecordPayment():
            return _pay(invoice, command, now)
        case Void():
            return _void(invoice, now, said, mark)
        case Discard():
            effects = dropped(invoice.effects, {E.FACTS_CHECK}, "the draft was discarded")
            ended: dict[str, Any] = {"status": Status.DISCARDED, "closed_at": now, "effects": effects}
            return advance(invoice, now, "discard", **said, **ended, **_NOTHING_TO_REVISE)
        case Hold():
            return advance(invoice, now, "hold", **said, held=mark)
        case Release():
            return advance(invoice, now, "release", **said, held=None)
        case RetryEffect():
            effects = replaced(invoice.effects, command.effect_id, state=EffectState.PENDING, error=None)
            return advance(invoice, now, "retry_effect", **said, details={"effect": command.effect_id}, effects=effects)
        case ResolveEffect():
            return _resolve(invoice, command, now)
        case _:
            raise AssertionError(f"no rule for {command.name}")


def _regenerate(invoice: Invoice, now: datetime, said: dict[str, Any]) -> Invoice:
    """Back to draft at once. What people did to the draft gives way only when the new facts are there."""
    back = _back_to_draft(invoice, now)
    was = {} if invoice.status is Status.DRAFT else {"was": invoice.status.value}
    effects = (*back.pop("effects"), owed(invoice, now, E.REDRAFT, **was))
    return advance(invoice, now, "regenerate", **said, **back, effects=effects)


def _check_facts(invoice: Invoice, now: datetime, said: dict[str, Any]) -> Invoice:
    """Checks may be many; only the last one is kept."""
    others = tuple(effect for effect in invoice.effects if effect.name is not E.FACTS_CHECK)
    return advance(invoice, now, "check_facts", **said, effects=(*others, owed(invoice, now, E.FACTS_CHECK)))


def _approve(invoice: Invoice, command: Approve, now: datetime, mark: Mark) -> Invoice:
    names = [E.ARCHIVE, E.ACCOUNTING]
    if invoice.content.issuer.notice_email:
        names.append(E.NOTICE)
    effects = (*invoice.effects, *(owed(invoice, now, name) for name in names))
    details = {"role": command.role} if command.role else None
    return advance(
        invoice, now, "approve", by=mark.by, details=details, status=Status.APPROVED, approved=mark, effects=effects
    )


def _back_to_draft(invoice: Invoice, now: datetime) -> dict[str, Any]:
    """What approval did is undone first; the number stays with the invoice (design 1.6, 5)."""
    effects = dropped(invoice.effects, CANCELLED_ON_REOPEN, "the invoice went back to draft")
    return {
        "status": Status.DRAFT,
        "effects": (*effects, *_reversals(invoice, now), *_kept_copy(invoice, now)),
        "digest": None,
        "document": None,
        "finalized": None,
        "approved": None,
        "sent": None,
        "due": None,
        "overdue": False,
        "reminded": (),
    }


def _reversals(invoice: Invoice, now: datetime) -> list[Effect]:
    """Once for each vendor that may have acted, also when we do not know whether it has (the activity looks)."""
    found = []
    for done, undo in COMPENSATED_BY.items():
        original = invoice.latest(done)
        undone = invoice.latest(undo)
        if original and (undone is None or undone.revision < original.revision):
            argument = {"reverses": original.key, "vendor_id": original.vendor_id or ""}
            found.append(owed(invoice, now, undo, **argument))
    return found


def _kept_copy(invoice: Invoice, now: datetime) -> list[Effect]:
    """The archived PDF is copied aside before a later approval may replace it: Act_{number}.rev{n}.pdf."""
    original = invoice.latest(E.ARCHIVE)
    kept = [effect for effect in invoice.effects if effect.name is E.ARCHIVE_KEEP]
    if original is None or (kept and kept[-1].revision > original.revision):
        return []
    return [owed(invoice, now, E.ARCHIVE_KEEP, copy=str(len(kept) + 1), keeps=original.key)]


def _upload(invoice: Invoice, command: MarkUploaded, now: datetime, said: dict[str, Any]) -> Invoice:
    """Due = day of the upload + terms (seeds/004 2.7); it awaits payment from then on."""
    day = local_day(command.uploaded_at, invoice.content.issuer.zone)
    details = {"portal_submission_id": command.portal_submission_id or "", "url": command.url or ""}
    uploaded = advance(
        invoice,
        now,
        "mark_uploaded",
        **said,
        details=details,
        status=Status.UPLOADED,
        uploaded=Mark(by=command.by, at=command.uploaded_at),
        portal_submission_id=command.portal_submission_id,
    )
    due = due_date(day, invoice.content.payment_days)
    return advance(uploaded, now, "await_payment", details={"due": str(due)}, status=Status.AWAITING_PAYMENT, due=due)


def _reject(invoice: Invoice, command: Reject, now: datetime, said: dict[str, Any], mark: Mark) -> Invoice:
    details = {"remarks": command.remarks or "", "attachment": command.attachment or ""}
    rejected: dict[str, Any] = {"status": Status.REJECTED, "rejected": mark, "overdue": False}
    if is_final(invoice.kind, Status.REJECTED):
        # Another invoice takes its place, so what this one has booked is taken back.
        rejected |= {"effects": _withdrawn(invoice, now, "the invoice was rejected"), "closed_at": now}
    else:
        rejected |= {"effects": dropped(invoice.effects, WATCHES | {E.REMINDER}, "rejected by hand")}
    return advance(invoice, now, "reject", **said, details=details, **rejected)


def _withdrawn(invoice: Invoice, now: datetime, why: str) -> tuple[Effect, ...]:
    """A number that was given out keeps its document: the archive gets it, or may have it already."""
    return (*dropped(invoice.effects, CANCELLED_ON_VOID, why), *_reversals(invoice, now))


def _pay(invoice: Invoice, command: RecordPayment, now: datetime) -> Invoice:
    """Part payments add up; what is above the balance is recorded as a surplus. A payment accepts what was sent."""
    if invoice.status is Status.SENT:
        invoice = advance(
            invoice,
            now,
            "accept",
            by=command.by,
            reason="paid",
            status=Status.ACCEPTED,
            accepted=Mark(by=command.by, at=now, reason="paid"),
            effects=dropped(invoice.effects, WATCHES, "paid"),
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
    updates: dict[str, Any] = {"payments": (*invoice.payments, payment)}
    if balance == ZERO:
        effects = dropped(invoice.effects, {E.REMINDER}, "paid")
        updates |= {"status": Status.PAID, "overdue": False, "effects": effects}
    else:
        updates["effects"] = asking_for(invoice, balance, now)
    details = {
        "payment_id": payment.payment_id,
        "paid_on": str(payment.paid_on),
        "amount": str(payment.amount),
        "reference": payment.reference,
        "surplus": str(surplus),
        "balance": str(balance),
    }
    return advance(invoice, now, "record_payment", by=command.by, details=details, **updates)


def _void(invoice: Invoice, now: datetime, said: dict[str, Any], mark: Mark) -> Invoice:
    return advance(
        invoice,
        now,
        "void",
        **said,
        status=Status.VOID,
        voided=mark,
        overdue=False,
        closed_at=now,
        effects=_withdrawn(invoice, now, "the invoice was voided"),
        **_NOTHING_TO_REVISE,
    )


def _resolve(invoice: Invoice, command: ResolveEffect, now: datetime) -> Invoice:
    """A person looked at the vendor's side and says what is true there."""
    receipt = Receipt(
        state=EffectState(command.outcome),
        vendor_id=command.vendor_id,
        attempts=0,
        note=f"resolved by {command.by}: {command.note}",
    )
    return settle(invoice, command.effect_id, receipt, now, by=command.by)
