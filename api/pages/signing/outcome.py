"""What became of a signature, in words for the row of the act."""

from api.invoice.schemas import InvoiceView
from api.pages.languages import N_
from api.pages.rendering import Desk
from models.invoice.effects import EffectName, EffectState
from models.invoice.signing.task import SigningAction

_DONE = {
    SigningAction.SEND: N_("Signed; the act went to the client."),
    SigningAction.CANCEL: N_("Signed; the act is cancelled."),
}
_WORDS = {
    EffectState.PENDING: N_("The signature is kept; Didox does not answer yet, and it goes on by itself."),
    EffectState.UNKNOWN: N_("The signature was sent, and the answer was lost; the status is looked up."),
    EffectState.SKIPPED: N_("It was left out: somebody has signed in Didox itself."),
}
LOOKS = {
    EffectState.DONE: "paid",
    EffectState.PENDING: "sent",
    EffectState.UNKNOWN: "blocked",
    EffectState.FAILED: "failed",
    EffectState.SKIPPED: "draft",
}


def in_words(desk: Desk, invoice: InvoiceView, action: str) -> dict[str, str]:
    """Return the state of the effect that sends or cancels the act, its look, and the words for it."""
    cancels = action == SigningAction.CANCEL
    name = EffectName.EINVOICE_CANCEL if cancels else EffectName.EINVOICE_SEND
    effect = next((each for each in reversed(invoice.effects) if each.name is name), None)
    if effect is None:  # somebody has signed in Didox itself, and the watch has seen it first
        return {"state": "skipped", "look": "draft", "text": desk.text(_WORDS[EffectState.SKIPPED])}
    if effect.state is EffectState.FAILED:
        text = effect.error or desk.text(N_("Didox has refused it."))
    elif effect.state is EffectState.DONE:
        text = desk.text(_DONE[SigningAction.CANCEL if cancels else SigningAction.SEND])
    else:
        text = desk.text(_WORDS[effect.state])
    return {"state": effect.state.value, "look": LOOKS[effect.state], "text": text}
