"""The checks of the commands that retry or resolve a failed effect (docs/specification/lifecycle.md 2)."""

from models.invoice.commands import ResolveEffect, RetryEffect
from models.invoice.effects import Effect, EffectKind, EffectName
from models.invoice.errors import InvalidChange
from models.invoice.invoice import Invoice


def check_failed_effect(invoice: Invoice, command: RetryEffect | ResolveEffect) -> None:
    """Raise InvalidChange if the command does not fit the failed effect that it names."""
    blocked = {effect.key: effect for effect in invoice.blocked}
    effect = blocked.get(command.effect_id)
    if effect is None:
        raise InvalidChange(f"effect_id: no failed effect has this id; the failed ones are {', '.join(blocked)}.")
    if isinstance(command, ResolveEffect) and effect.spec.kind is EffectKind.INTERNAL:
        raise InvalidChange(f"effect_id: {effect.name} is executed by Aktum itself; retry it instead.")
    if isinstance(command, ResolveEffect) and command.outcome == "done":
        _check_resolution(effect, command)


def _check_resolution(effect: Effect, command: ResolveEffect) -> None:
    """Raise InvalidChange if the steps that follow the effect need more than the outcome `done`."""
    if effect.name is EffectName.EINVOICE_ANSWER:
        raise InvalidChange("outcome: give the client's answer instead: accept or reject the invoice.")
    if effect.name is EffectName.EINVOICE and not (command.vendor_id or effect.vendor_id):
        raise InvalidChange("vendor_id: give the id of the act in Didox, so that its signature can be watched.")
    if effect.name is EffectName.ACCOUNTING and not (command.vendor_id or effect.vendor_id):
        raise InvalidChange("vendor_id: give the id of the shipment in PlanFact, so that it can be reversed later.")
    if effect.name is EffectName.PAYMENT_POSTING and not (command.vendor_id or effect.vendor_id):
        raise InvalidChange("vendor_id: give the id of the income in PlanFact, so that it can be reversed later.")
