"""The words of the desk for quotes: statuses, effects and events."""

from collections.abc import Mapping
from types import MappingProxyType

from api.pages.actions import OUTCOMES
from api.pages.languages import N_
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.status import QuoteStatus

STATUSES: Mapping[QuoteStatus, str] = MappingProxyType(
    {
        QuoteStatus.DRAFT: N_("Draft"),
        QuoteStatus.SENT: N_("Sent"),
        QuoteStatus.VIEWED: N_("Viewed"),
        QuoteStatus.ACCEPTED: N_("Accepted"),
        QuoteStatus.DECLINED: N_("Declined by the client"),
        QuoteStatus.EXPIRED: N_("Expired"),
        QuoteStatus.WITHDRAWN: N_("Withdrawn"),
    }
)
# The look of a status; the style sheet has one colour for each.
LOOKS: Mapping[QuoteStatus, str] = MappingProxyType(
    {
        QuoteStatus.DRAFT: "draft",
        QuoteStatus.SENT: "sent",
        QuoteStatus.VIEWED: "review",
        QuoteStatus.ACCEPTED: "paid",
        QuoteStatus.DECLINED: "failed",
        QuoteStatus.EXPIRED: "blocked",
        QuoteStatus.WITHDRAWN: "void",
    }
)
EFFECTS: Mapping[QuoteEffectName, str] = MappingProxyType(
    {
        QuoteEffectName.NUMBER: N_("Number"),
        QuoteEffectName.DOCUMENT: N_("Document"),
        QuoteEffectName.ARCHIVE: N_("Archive"),
        QuoteEffectName.EMAIL: N_("E-mail"),
        QuoteEffectName.REMINDER: N_("Reminder"),
        QuoteEffectName.NOTICE: N_("Notice to finance"),
        QuoteEffectName.TERMS: N_("Terms of the contract"),
    }
)
ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "create": N_("Draft created"),
        "edit": N_("Edited"),
        "send": N_("Sending asked for"),
        "number": N_("Number"),
        "sent": N_("Sent"),
        "revise": N_("New version begun"),
        "open": N_("Opened by the client"),
        "accept": N_("Accepted"),
        "decline": N_("Declined by the client"),
        "expire": N_("Expired"),
        "withdraw": N_("Withdrawn"),
        "renew_link": N_("New link made"),
        "revoke_link": N_("Link revoked"),
        "convert": N_("Terms of a contract made"),
        "retry_effect": N_("Retry asked for"),
        "resolve_effect": N_("Outcome recorded"),
        "reminder_due": N_("Reminder due"),
    }
)


def effect_of(action: str) -> tuple[str, str] | None:
    """Return the words for the effect and its outcome, if the action is that of an effect."""
    effect, _, outcome = action.rpartition("_")
    if effect in set(QuoteEffectName) and outcome in OUTCOMES:
        return EFFECTS[QuoteEffectName(effect)], OUTCOMES[outcome]
    return None
