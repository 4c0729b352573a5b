"""The words for the actions of the audit trail, and the part of the timeline that each belongs to."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from api.pages.languages import N_
from api.pages.words import EFFECTS
from models.invoice.editing.history import EDITING
from models.invoice.effects import EffectName


class Part(StrEnum):
    """What the timeline can be narrowed to."""

    ALL = "all"
    DECISIONS = "decisions"
    EDITS = "edits"
    DELIVERIES = "deliveries"


PARTS: Mapping[Part, str] = MappingProxyType(
    {
        Part.ALL: N_("All"),
        Part.DECISIONS: N_("Decisions"),
        Part.EDITS: N_("Edits"),
        Part.DELIVERIES: N_("Integrations"),
    }
)

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "create": N_("Draft created"),
        "edit": N_("Edited"),
        "undo": N_("Edit taken back"),
        "take_in": N_("Late work taken in"),
        "redraft": N_("Computed again from the contract"),
        "regenerate": N_("Contract data asked for again"),
        "check_facts": N_("Check for late work asked for"),
        "facts_compared": N_("Compared with the contract data"),
        "finalize": N_("Finalised"),
        "number": N_("Number taken"),
        "keep_number": N_("Number kept"),
        "render": N_("Document made"),
        "approve": N_("Approved"),
        "decline": N_("Declined"),
        "reopen": N_("Reopened"),
        "deliver": N_("Sent out"),
        "mark_uploaded": N_("Marked as uploaded"),
        "await_payment": N_("Awaits payment"),
        "record_portal_status": N_("Status in the portal recorded"),
        "accept": N_("Accepted by the client"),
        "reject": N_("Rejected"),
        "record_payment": N_("Payment recorded"),
        "post_payment": N_("Payment to be posted"),
        "reverse_payment": N_("Payment taken back"),
        "reverse_payment_posting": N_("Posting of the payment to be reversed"),
        "write_off": N_("Rest written off"),
        "paid": N_("Paid"),
        "close": N_("Closed"),
        "void": N_("Voided"),
        "discard": N_("Discarded"),
        "hold": N_("Put on hold"),
        "release": N_("Released"),
        "overdue": N_("Overdue"),
        "reminder_due": N_("Reminder due"),
        "reminders_settled": N_("No reminder needed"),
        "retry_effect": N_("Retry asked for"),
        "resolve_effect": N_("Outcome entered by a person"),
        "sync_planfact": N_("Comparison with PlanFact asked for"),
        "submit_signature": N_("Signature handed in"),
        "einvoice_seen": N_("Seen in Didox"),
        "einvoice_reported": N_("Change reported by Didox"),
    }
)
# The beginnings of names such as `archive_done` are effects; these are the ends.
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "done": N_("done"),
        "failed": N_("failed"),
        "blocked": N_("blocked"),
        "unknown": N_("outcome unknown"),
        "skipped": N_("skipped"),
        "cancelled": N_("cancelled"),
        "refused": N_("refused"),
        "retried": N_("tried again"),
        "resolved": N_("settled by a person"),
    }
)
_EDITS = EDITING | {"regenerate", "check_facts", "facts_compared"}


def effect_of(action: str) -> tuple[str, str] | None:
    """Return the words for the effect and its outcome, if the action is that of an effect."""
    effect, _, outcome = action.rpartition("_")
    if effect in set(EffectName) and outcome in OUTCOMES:
        return EFFECTS[EffectName(effect)], OUTCOMES[outcome]
    return None


def part_of(action: str) -> Part:
    """Return the part of the timeline that an event with this action belongs to."""
    if action in _EDITS:
        return Part.EDITS
    if effect_of(action) or action.startswith(("einvoice_", "reminder", "deadline")):
        return Part.DELIVERIES
    return Part.DECISIONS
