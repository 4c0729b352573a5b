"""`check` raises an error if a command is not allowed for a quote now (docs/specification/quotes.md 4.2).

The update validator, the handlers, the API and the client's page use the same rules.
"""

from datetime import datetime

from models.access.roles import Role
from models.invoice.effects import EffectState
from models.invoice.errors import InvalidChange, KeyReused, Refused, StaleRevision
from models.quotes.conversion.terms import check_conversion
from models.quotes.quote.commands import (
    AcceptQuote,
    ConvertQuote,
    DeclineQuote,
    EditQuote,
    OpenQuote,
    QuoteCommand,
    ResolveQuoteEffect,
    RetryQuoteEffect,
    RevokeLink,
    SendQuote,
)
from models.quotes.quote.errors import LinkNotValid, OldVersion
from models.quotes.quote.quote import Link, Quote
from models.quotes.quote.status import FROM, OPEN_FOR_ANSWER, QuoteCommandName, QuoteStatus, may
from models.quotes.quote.timers import has_ended
from models.values.money import ZERO
from models.values.period import local_day
from models.values.request_fingerprint import idempotency_key_of

_NEED_UNCHANGED_DRAFT = frozenset({QuoteCommandName.EDIT, QuoteCommandName.SEND, QuoteCommandName.WITHDRAW})
_WORDS = {
    QuoteStatus.DRAFT: "a draft",
    QuoteStatus.SENT: "sent",
    QuoteStatus.VIEWED: "sent and viewed",
    QuoteStatus.ACCEPTED: "accepted",
    QuoteStatus.DECLINED: "declined",
    QuoteStatus.EXPIRED: "expired",
    QuoteStatus.WITHDRAWN: "withdrawn",
}


def allowed(quote: Quote, now: datetime) -> tuple[QuoteCommandName, ...]:
    """Return the commands that the quote's state allows, in the order of QuoteCommandName."""
    return tuple(name for name in QuoteCommandName if reason_not_allowed(quote, name, now) is None)


def allowed_for(quote: Quote, role: Role, now: datetime) -> tuple[QuoteCommandName, ...]:
    """Return the allowed commands that a person in this role may give; opening belongs to the client."""
    return tuple(name for name in allowed(quote, now) if may(role, name) and name is not QuoteCommandName.OPEN)


def was_applied(quote: Quote, idempotency_key: str) -> bool:
    """Return whether a command with this key has been applied. Only the newest keys are remembered."""
    return any(idempotency_key_of(each) == idempotency_key for each in quote.request_fingerprints)


def is_repeat(quote: Quote, command: QuoteCommand) -> bool:
    """Return whether the command has been applied before. Raises KeyReused if its key was used for something else."""
    if command.idempotency_key is None or not was_applied(quote, command.idempotency_key):
        return False
    if command.request_fingerprint in quote.request_fingerprints:
        return True
    raise KeyReused(
        f"This Idempotency-Key was used before for another {_words(command.name)}; nothing was changed. Send this "
        "request with a new key."
    )


def check(quote: Quote, command: QuoteCommand, now: datetime) -> None:
    """Raise Refused, one of its subclasses, or InvalidChange if the command cannot be applied."""
    if is_repeat(quote, command):
        return
    if isinstance(command, AcceptQuote | DeclineQuote):
        _check_version(quote, command, now)
    if reason := reason_not_allowed(quote, command.name, now):
        raise Refused(reason, allowed(quote, now))
    match command:
        case EditQuote():
            _check_revision(quote, command, now)
        case SendQuote():
            _check_revision(quote, command, now)
            _check_sending(quote, command, now)
        case AcceptQuote():
            _check_options(quote, command)
        case OpenQuote() | RevokeLink():
            _link(quote, command.link, now, revoked_too=isinstance(command, OpenQuote))
        case ConvertQuote():
            check_conversion(quote.content, command)
        case RetryQuoteEffect() | ResolveQuoteEffect():
            _check_effect(quote, command, now)


def reason_not_allowed(quote: Quote, name: QuoteCommandName, now: datetime) -> str | None:
    """Return why the quote's state forbids the command, as a message for a bookkeeper; None if it allows it."""
    if quote.status not in FROM[name]:
        return f"{quote.title} is {_WORDS[quote.status]}; {_words(name)} is not possible in this status."
    if quote.is_busy and name in _NEED_UNCHANGED_DRAFT:
        return "The number or the document of this quote is being made; try again in a moment."
    match name:
        case QuoteCommandName.ACCEPT | QuoteCommandName.DECLINE if now >= quote.content.expires_at:
            return f"{quote.title} was valid until {quote.content.valid_until}; it can no longer be answered."
        case QuoteCommandName.SEND:
            return _obstacle_to_send(quote)
        case QuoteCommandName.RENEW_LINK if not quote.is_current or has_ended(quote, now):
            return "Only the newest sent version has a link."
        case QuoteCommandName.REVOKE_LINK if not any(link.revoked is None for link in quote.links):
            return "The quote has no link that could be revoked."
        case QuoteCommandName.CONVERT if quote.conversion is not None:
            return f"{quote.title} has become terms of {quote.conversion.application_key} already."
        case QuoteCommandName.RETRY_EFFECT | QuoteCommandName.RESOLVE_EFFECT if not quote.blocked:
            return "No effect of this quote has failed, so there is nothing to retry or resolve."
    return None


def _obstacle_to_send(quote: Quote) -> str | None:
    content = quote.content
    if not content.lines:
        return "The quote has no lines."
    if content.totals.total_amount <= ZERO and not any(line.optional for line in content.lines):
        return f"The total is {content.totals.total_amount}; there is nothing to offer."
    return None


def _check_revision(quote: Quote, command: EditQuote | SendQuote, now: datetime) -> None:
    # Openings of links and results of effects change nothing that a person may have read of the draft.
    if not quote.content_revision <= command.expected_revision <= quote.revision:
        raise StaleRevision(
            f"The quote is at revision {quote.revision}, but your {_words(command.name)} was made on revision "
            f"{command.expected_revision}. Look at the newer revision and repeat the {_words(command.name)} on it.",
            allowed(quote, now),
        )


def _check_sending(quote: Quote, command: SendQuote, now: datetime) -> None:
    content = quote.content
    if content.valid_until < local_day(now, content.issuer.zone):
        raise InvalidChange(f"valid_until: {content.valid_until} has passed; choose a later day before you send it.")
    if command.by_mail and not content.recipients:
        raise InvalidChange("recipients: the quote has no e-mail address; add one, or send it without a letter.")


def _check_version(quote: Quote, command: AcceptQuote | DeclineQuote, now: datetime) -> None:
    """Raise LinkNotValid for a revoked link, and OldVersion for a version that is not the current one."""
    link = _link(quote, command.link, now) if command.link is not None else None
    if link is not None and link.version != command.version:
        raise LinkNotValid(f"This link shows version {link.version}, not version {command.version}.")
    if quote.sent_as(command.version) is None:
        raise OldVersion(f"There is no sent version {command.version} of {quote.title}.", allowed(quote, now))
    if command.version != quote.version:
        newer = "has been sent" if quote.is_current else "is being written"
        raise OldVersion(
            f"Version {command.version} of {quote.title} is no longer valid: version {quote.version} {newer}.",
            allowed(quote, now),
        )


def _link(quote: Quote, number: int, now: datetime, *, revoked_too: bool = False) -> Link:
    link = quote.link(number)
    if link is None:
        raise LinkNotValid(f"The quote has no link {number}.", allowed(quote, now))
    if link.revoked is not None and not revoked_too:
        raise LinkNotValid(f"Link {number} has been revoked.", allowed(quote, now))
    return link


def _check_options(quote: Quote, command: AcceptQuote) -> None:
    optional = {line.id for line in quote.content.lines if line.optional}
    if unknown := [each for each in command.options if each not in optional]:
        raise InvalidChange(f"options: {unknown[0]} is no optional line of this version.")
    if not command.options and not any(not line.optional for line in quote.content.lines):
        raise InvalidChange("options: every line of this quote is optional; choose at least one.")


def _check_effect(quote: Quote, command: RetryQuoteEffect | ResolveQuoteEffect, now: datetime) -> None:
    effect = quote.effect(command.effect_id)
    if effect is None or effect.state not in (EffectState.FAILED, EffectState.UNKNOWN):
        names = ", ".join(each.key for each in quote.blocked)
        raise Refused(f"{command.effect_id} has not failed; these have: {names}.", allowed(quote, now))


def is_answerable(quote: Quote, now: datetime) -> bool:
    """Return whether the client can still accept or decline the current version."""
    return quote.status in OPEN_FOR_ANSWER and now < quote.content.expires_at


def _words(name: str) -> str:
    return name.replace("_", " ")
