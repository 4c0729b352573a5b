"""What a signature changes: it is sent to Didox, and an act that was sent needs no further watching.

See docs/specification/effects.md 5.13.
"""

from datetime import datetime

from models.invoice.commands import SubmitSignature
from models.invoice.effects import Effect, EffectName, EffectState, Receipt
from models.invoice.invoice import ActionStamp, Invoice
from models.invoice.revision import SYSTEM, InvoiceChanges, enqueue_effect, next_revision, update_effect
from models.invoice.signing.task import SIGNATURE, SigningAction, signing_task
from models.invoice.status import Status


def submit_signature(invoice: Invoice, command: SubmitSignature, now: datetime) -> Invoice:
    """Return the invoice with the signature enqueued: the act is sent, or the effect that cancels it goes on."""
    task = signing_task(invoice)
    assert task is not None, "the preconditions require something to sign"
    if task.action is SigningAction.SEND:
        sending = enqueue_effect(
            invoice, now, EffectName.EINVOICE_SEND, document_id=task.document_id, signature=command.signature
        )
        effects = (*without_refused(invoice.effects, "signed again"), sending)
    else:
        cancel = invoice.effect(task.effect)
        assert cancel is not None
        argument = {**cancel.argument, SIGNATURE: command.signature}
        effects = update_effect(
            invoice.effects, cancel.key, state=EffectState.PENDING, error=None, code=None, argument=argument
        )
    details = {"action": task.action.value, "document_id": task.document_id, "signature": command.signature}
    return next_revision(invoice, now, command.name.value, by=command.by, details=details, effects=effects)


def without_refused(effects: tuple[Effect, ...], reason: str) -> tuple[Effect, ...]:
    """Return the effects with a refused sending given up."""
    for effect in effects:
        if effect.name is EffectName.EINVOICE_SEND and effect.is_blocked:
            effects = update_effect(effects, effect.key, state=EffectState.SKIPPED, error=reason)
    return effects


def sent_changes(now: datetime) -> InvoiceChanges:
    """Return the changes of an invoice that was sent to the client."""
    return InvoiceChanges(status=Status.SENT, sent=ActionStamp(by=SYSTEM, at=now))


def act_sent(
    invoice: Invoice, sending: Effect, receipt: Receipt, effects: tuple[Effect, ...], now: datetime
) -> InvoiceChanges:
    """Return the changes after the act was sent with our signature: the wait for it ends at once.

    The watch may have seen the signature before; then nothing is left to change.
    """
    watch = invoice.latest_effect(EffectName.EINVOICE_SIGNATURE)
    if watch is None or not watch.is_open:
        return InvoiceChanges()
    document_id = sending.argument["document_id"]
    effects = update_effect(
        effects, watch.key, state=EffectState.DONE, vendor_id=document_id, receipt=receipt.details, error=None
    )
    answer = enqueue_effect(invoice, now, EffectName.EINVOICE_ANSWER, **watch.argument)
    return InvoiceChanges(**sent_changes(now), effects=(*effects, answer))
