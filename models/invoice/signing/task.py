"""What a person has to sign for an invoice: the act that is sent, or the cancellation of an act that was sent.

See docs/specification/effects.md 5.13.
"""

from enum import StrEnum

from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import Invoice
from models.values.base_models import Frozen
from models.values.failure_codes import Failure

# The argument of an effect that executes with a signature: the digest by which PostgreSQL has it.
SIGNATURE = "signature"


class SigningAction(StrEnum):
    SEND = "send"
    CANCEL = "cancel"


class SigningTask(Frozen):
    """A document in Didox that waits for our signature. `effect` is the key of the effect that waits."""

    action: SigningAction
    document_id: str
    effect: str


def signing_task(invoice: Invoice) -> SigningTask | None:
    """Return what is to be signed; None if nothing is, or if a signature is being sent."""
    cancel = invoice.latest_effect(EffectName.EINVOICE_CANCEL)
    if cancel and _needs_signature(cancel):
        return SigningTask(action=SigningAction.CANCEL, document_id=cancel.argument["vendor_id"], effect=cancel.key)
    watch = invoice.latest_effect(EffectName.EINVOICE_SIGNATURE)
    if watch is None or not watch.is_open or not watch.argument.get("document_id"):
        return None
    sending = invoice.latest_effect(EffectName.EINVOICE_SEND)
    if sending and (sending.is_open or sending.state is EffectState.UNKNOWN):
        return None
    return SigningTask(action=SigningAction.SEND, document_id=watch.argument["document_id"], effect=watch.key)


def obstacle_to_signature(invoice: Invoice) -> str | None:
    """Return why no signature can be taken now, as a message for a bookkeeper."""
    if signing_task(invoice) is None:
        sending = invoice.latest_effect(EffectName.EINVOICE_SEND)
        if sending and sending.is_open:
            return "A signature of this invoice is being sent to Didox; look at its effects in a moment."
        return "Nothing of this invoice waits for our signature; see its effects."
    if invoice.held:
        return "The invoice is on hold, so nothing is sent to Didox; release it first."
    return None


def _needs_signature(cancel: Effect) -> bool:
    """Return whether the act was sent, so that only a signature cancels it, or whether a signature was refused."""
    if cancel.state is not EffectState.FAILED or not cancel.argument.get("vendor_id"):
        return False
    return cancel.code == Failure.NEEDS_SIGNATURE or SIGNATURE in cancel.argument
