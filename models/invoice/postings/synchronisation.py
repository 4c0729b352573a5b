"""Synchronising an invoice with PlanFact on request: its posting is executed again, or checked if it has completed.

See docs/specification/effects.md 4.9.
"""

from datetime import datetime
from typing import Final

from models.invoice.commands import SyncPlanfact
from models.invoice.effects import EffectName, EffectState
from models.invoice.invoice import Invoice
from models.invoice.revision import next_revision, update_effect

# The argument of a posting that has completed: the id of the shipment that is compared with the invoice.
VERIFIES: Final = "verifies"


def sync_planfact(invoice: Invoice, command: SyncPlanfact, now: datetime) -> Invoice:
    """Return the invoice with its posting enqueued again; as it is if the posting is still being executed.

    A posting that has completed is only checked: its record in PlanFact is read, and none is created.
    """
    posting = invoice.latest_effect(EffectName.ACCOUNTING)
    assert posting is not None, "the preconditions require a posting"
    if posting.is_open:
        return invoice
    argument = posting.argument
    if posting.state is EffectState.DONE and posting.vendor_id:
        argument = {**argument, VERIFIES: posting.vendor_id}
    effects = update_effect(invoice.effects, posting.key, state=EffectState.PENDING, error=None, argument=argument)
    details = {"effect": posting.key, "was": posting.state.value}
    return next_revision(invoice, now, command.name.value, by=command.by, details=details, effects=effects)


def obstacle_to_sync(invoice: Invoice) -> str | None:
    """Return why the posting cannot be executed again now, as a message for a bookkeeper."""
    if invoice.latest_effect(EffectName.ACCOUNTING) is None:
        return (
            "The invoice has no posting in PlanFact; a service invoice gets one when it is approved, a partner invoice "
            "when it is paid, if the settings of the partner say so."
        )
    if invoice.held:
        return "The invoice is on hold, so nothing is sent to PlanFact; release it first."
    return None
