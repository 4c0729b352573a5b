"""The statuses of a quote, in which of them each command is allowed, and who may give it.

See docs/specification/quotes.md 4.2 and 4.3.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from models.access.roles import Role


class QuoteStatus(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    VIEWED = "viewed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class QuoteCommandName(StrEnum):
    EDIT = "edit"
    SEND = "send"
    REVISE = "revise"
    OPEN = "open"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    RENEW_LINK = "renew_link"
    REVOKE_LINK = "revoke_link"
    CONVERT = "convert"
    RETRY_EFFECT = "retry_effect"
    RESOLVE_EFFECT = "resolve_effect"


OPEN_FOR_ANSWER = frozenset({QuoteStatus.SENT, QuoteStatus.VIEWED})
ANSWERED = frozenset({QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED, QuoteStatus.WITHDRAWN})
_ISSUED = frozenset(QuoteStatus) - {QuoteStatus.DRAFT, QuoteStatus.WITHDRAWN}
_ALWAYS = frozenset(QuoteStatus)

FROM: Mapping[QuoteCommandName, frozenset[QuoteStatus]] = MappingProxyType(
    {
        QuoteCommandName.EDIT: frozenset({QuoteStatus.DRAFT}),
        QuoteCommandName.SEND: frozenset({QuoteStatus.DRAFT}),
        QuoteCommandName.REVISE: OPEN_FOR_ANSWER | {QuoteStatus.DECLINED, QuoteStatus.EXPIRED},
        # A client may open a link at any time; the page then shows what has become of the quote.
        QuoteCommandName.OPEN: _ALWAYS,
        QuoteCommandName.ACCEPT: OPEN_FOR_ANSWER,
        QuoteCommandName.DECLINE: OPEN_FOR_ANSWER,
        QuoteCommandName.WITHDRAW: OPEN_FOR_ANSWER | {QuoteStatus.DRAFT, QuoteStatus.DECLINED, QuoteStatus.EXPIRED},
        QuoteCommandName.RENEW_LINK: _ISSUED,
        QuoteCommandName.REVOKE_LINK: _ALWAYS,
        QuoteCommandName.CONVERT: frozenset({QuoteStatus.ACCEPTED}),
        QuoteCommandName.RETRY_EFFECT: _ALWAYS,
        QuoteCommandName.RESOLVE_EFFECT: _ALWAYS,
    }
)

LEAST_ROLE: Mapping[QuoteCommandName, Role] = MappingProxyType(
    {
        QuoteCommandName.EDIT: Role.EDITOR,
        # An offer binds the company as an invoice does, so the same role sends both.
        QuoteCommandName.SEND: Role.MANAGER,
        QuoteCommandName.REVISE: Role.EDITOR,
        QuoteCommandName.OPEN: Role.MANAGER,
        # By the client's link nobody logs in; a person who records an answer given otherwise is a manager.
        QuoteCommandName.ACCEPT: Role.MANAGER,
        QuoteCommandName.DECLINE: Role.MANAGER,
        QuoteCommandName.WITHDRAW: Role.MANAGER,
        QuoteCommandName.RENEW_LINK: Role.EDITOR,
        QuoteCommandName.REVOKE_LINK: Role.EDITOR,
        QuoteCommandName.CONVERT: Role.MANAGER,
        QuoteCommandName.RETRY_EFFECT: Role.MANAGER,
        QuoteCommandName.RESOLVE_EFFECT: Role.MANAGER,
    }
)


def may(role: Role, command: QuoteCommandName) -> bool:
    """Return whether a person with this role may give the command."""
    return role.includes(LEAST_ROLE[command])
