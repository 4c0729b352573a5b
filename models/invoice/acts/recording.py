"""What a look at the act changes: its status on the invoice, and a look that a report asks for.

See docs/specification/effects.md 5.7 and 5.9.
"""

from datetime import datetime

from models.invoice.acts.act import DRAFT, REJECTED, SENT, SIGNED, ActChange, ActState
from models.invoice.effects import Effect, EffectKind, EffectName, EffectState, Receipt
from models.invoice.errors import InvalidChange
from models.invoice.invoice import Invoice
from models.invoice.revision import add_note, enqueue_effect, next_revision
from models.invoice.status import Status

# Whoever can report changes could do so without end, so only so many are looked at.
MOST_CHECKS = 30
OF_THE_ACT = (
    EffectName.EINVOICE,
    EffectName.EINVOICE_SIGNATURE,
    EffectName.EINVOICE_ANSWER,
    EffectName.EINVOICE_CHECK,
)
# In the other statuses the act is no longer in force, or a person cancels it.
HAS_ACT = frozenset({Status.APPROVED, Status.SENT, Status.ACCEPTED, Status.PAID, Status.CLOSED})


def known_act(invoice: Invoice) -> ActState | None:
    """Return the act as the invoice knows it; None if there is none or it was deleted.

    An invoice of an earlier release has no `act`; its effects tell.
    """
    if invoice.act:
        return invoice.act
    created = invoice.completed_effect(EffectName.EINVOICE)
    if created is None or not created.vendor_id:
        return None
    deleted = invoice.latest_effect(EffectName.EINVOICE_CANCEL)
    if deleted and deleted.revision > created.revision:
        return None
    return ActState(document_id=created.vendor_id, status=_status_by_effects(invoice, created), at=created.owed_at)


def _status_by_effects(invoice: Invoice, created: Effect) -> int:
    done = [
        effect for effect in invoice.effects if effect.revision > created.revision and effect.state is EffectState.DONE
    ]
    for effect in reversed(done):
        if effect.name is EffectName.EINVOICE_ANSWER:
            return SIGNED if effect.receipt.get("answer") == "accepted" else REJECTED
        if effect.name is EffectName.EINVOICE_SIGNATURE:
            return SENT
    return DRAFT


def is_news(invoice: Invoice, document_id: str, status: int) -> bool:
    """Return whether an act with this status differs from what the invoice knows of its act."""
    act = known_act(invoice)
    if act is None or invoice.status not in HAS_ACT:
        return False
    return act.document_id.lower() == document_id.lower() and act.status != status


def record_change(invoice: Invoice, change: ActChange, now: datetime) -> Invoice:
    """Return the invoice after a report; a look is enqueued unless one is under way. A repeated report changes nothing.

    Raises InvalidChange if the act is not that of this invoice.
    """
    act = known_act(invoice)
    if act is None or act.document_id.lower() != change.document_id.lower():
        raise InvalidChange(f"document_id: {change.document_id} is no act of this invoice.")
    looks = any(effect.is_open and effect.spec.kind is EffectKind.WATCH for effect in invoice.effects)
    checks = [effect for effect in invoice.effects if effect.name is EffectName.EINVOICE_CHECK]
    is_repeat = any(check.argument.get("report") == change.report for check in checks)
    if looks or is_repeat or invoice.status not in HAS_ACT:
        return invoice
    if len(checks) >= MOST_CHECKS:
        text = f"More than {MOST_CHECKS} changes of the act were reported; the others are not looked at."
        return invoice if any(text == note.text for note in invoice.notes) else add_note(invoice, now, text)
    check = enqueue_effect(invoice, now, EffectName.EINVOICE_CHECK, document_id=act.document_id, report=change.report)
    details = {"document_id": act.document_id, "report": change.report}
    return next_revision(invoice, now, "einvoice_reported", details=details, effects=(*invoice.effects, check))


def act_after(invoice: Invoice, effect: Effect, receipt: Receipt, now: datetime) -> ActState | None:
    """Return the act after the receipt of an effect; what is known if the receipt tells nothing."""
    if effect.name is EffectName.EINVOICE_CANCEL and receipt.state is EffectState.DONE:
        return None
    if effect.name not in OF_THE_ACT:
        return invoice.act
    document_id = receipt.vendor_id or effect.vendor_id or effect.argument.get("document_id")
    if effect.name is EffectName.EINVOICE:
        is_created = receipt.state is EffectState.DONE and document_id
        return ActState(document_id=document_id or "", status=DRAFT, at=now) if is_created else invoice.act
    status = receipt.details.get("status", "")
    if not document_id or not (status.isascii() and status.isdecimal()):
        return invoice.act  # a person may have completed the activity by hand, with any text
    seen = ActState(
        document_id=document_id,
        status=int(status),
        comment=receipt.details.get("comment"),
        at=now,
    )
    known = known_act(invoice)
    return known if known and _is_same(known, seen) else seen


def record_pending(invoice: Invoice, effect: Effect, receipt: Receipt, now: datetime) -> Invoice:
    """Return the invoice after a look that ends no wait: with the status that was seen, if it is a new one."""
    act = act_after(invoice, effect, receipt, now)
    known = known_act(invoice)
    if act is None or (known and _is_same(known, act)):
        return invoice
    details = {"effect": effect.key, "status": str(act.status), **({"comment": act.comment} if act.comment else {})}
    return next_revision(invoice, now, "einvoice_seen", details=details, act=act)


def _is_same(known: ActState, seen: ActState) -> bool:
    return (known.document_id.lower(), known.status, known.comment) == (
        seen.document_id.lower(),
        seen.status,
        seen.comment,
    )
