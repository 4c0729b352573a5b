"""`apply` computes the next state of a quote after a command. The caller passes the current time."""

from collections.abc import Mapping
from datetime import datetime

from models.invoice.effects import EffectState
from models.invoice.invoice import ActionStamp
from models.quotes.conversion.terms import conversion_of
from models.quotes.quote.commands import (
    AcceptQuote,
    ConvertQuote,
    DeclineQuote,
    EditQuote,
    OpenQuote,
    QuoteCommand,
    RenewLink,
    ResolveQuoteEffect,
    RetryQuoteEffect,
    ReviseQuote,
    RevokeLink,
    SendQuote,
    WithdrawQuote,
)
from models.quotes.quote.editing import changes_between, edited
from models.quotes.quote.effects import QUOTE_EFFECTS, QuoteEffectName
from models.quotes.quote.event_handlers import complete_effect
from models.quotes.quote.opening import new_link, opened
from models.quotes.quote.preconditions import check, is_repeat
from models.quotes.quote.quote import Acceptance, Link, Quote
from models.quotes.quote.revision import (
    CLIENT,
    cancel_effects,
    enqueue_effect,
    next_revision,
    remember_request,
    update_effect,
)
from models.quotes.quote.status import QuoteStatus
from models.quotes.quote.timers import notice_of
from models.values.period import local_day

_WHEN_ANSWERED = frozenset(name for name, spec in QUOTE_EFFECTS.items() if spec.cancelled_when_answered)


def apply(quote: Quote, command: QuoteCommand, now: datetime) -> Quote:
    """Return the next state; for a repeated command the quote as it is. Raises what `check` raises."""
    if is_repeat(quote, command):
        return quote
    check(quote, command, now)
    return remember_request(_next_state(quote, command, now), command)


def _next_state(quote: Quote, command: QuoteCommand, now: datetime) -> Quote:
    stamp = ActionStamp(by=command.by, at=now, reason=getattr(command, "reason", None))
    match command:
        case EditQuote():
            return _edit(quote, command, now)
        case SendQuote():
            return _send(quote, command, stamp)
        case ReviseQuote():
            return _revise(quote, stamp)
        case OpenQuote():
            return opened(quote, command.link, now)
        case AcceptQuote():
            return _accept(quote, command, now)
        case DeclineQuote():
            return _decline(quote, command, now)
        case WithdrawQuote():
            return _withdraw(quote, stamp)
        case RenewLink():
            return _renew_link(quote, stamp)
        case RevokeLink():
            return _revoke_link(quote, command, stamp)
        case ConvertQuote():
            return _convert(quote, command, stamp)
        case RetryQuoteEffect():
            effects = update_effect(quote.effects, command.effect_id, state=EffectState.PENDING, error=None, code=None)
            return _advance(quote, "retry_effect", stamp, {"effect": command.effect_id}, effects=effects)
        case ResolveQuoteEffect():
            return complete_effect(
                quote,
                command.effect_id,
                state=EffectState(command.outcome),
                now=now,
                by=command.by,
                note=command.note,
            )
        case _:
            raise AssertionError(f"no rule for {command.name}")


def _edit(quote: Quote, command: EditQuote, now: datetime) -> Quote:
    content = edited(quote.content, command)
    changes = changes_between(quote.content, content)
    return next_revision(
        quote,
        now,
        "edit",
        by=command.by,
        changes=changes,
        content=content,
        content_revision=quote.revision + 1,
    )


def _send(quote: Quote, command: SendQuote, stamp: ActionStamp) -> Quote:
    """Return the quote whose number, or whose document if it has a number, is being made."""
    content = quote.content.model_copy(update={"issued_on": local_day(stamp.at, quote.content.issuer.zone)})
    step = QuoteEffectName.DOCUMENT if quote.number else QuoteEffectName.NUMBER
    effect = enqueue_effect(quote, stamp.at, step, by_mail="yes" if command.by_mail else "no")
    details = {"version": str(quote.version), "by_mail": effect.argument["by_mail"]}
    return _advance(quote, "send", stamp, details, content=content, sending=stamp, effects=(*quote.effects, effect))


def _revise(quote: Quote, stamp: ActionStamp) -> Quote:
    effects = cancel_effects(quote.effects, _WHEN_ANSWERED, "a newer version was begun")
    newest = quote.versions[-1].model_copy(update={"superseded_at": stamp.at})
    return _advance(
        quote,
        "revise",
        stamp,
        {"version": str(quote.version + 1)},
        status=QuoteStatus.DRAFT,
        version=quote.version + 1,
        content_revision=quote.revision + 1,
        versions=(*quote.versions[:-1], newest),
        digest=None,
        effects=effects,
        reminded=(),
        declined=None,
        expired_at=None,
    )


def _accept(quote: Quote, command: AcceptQuote, now: datetime) -> Quote:
    chosen = set(command.options)
    lines = tuple(
        line.model_copy(update={"chosen": line.id in chosen}) if line.optional else line for line in quote.content.lines
    )
    content = quote.content.model_copy(update={"lines": lines})
    sent = quote.sent_as(command.version)
    assert sent is not None
    by_link = command.link is not None
    acceptance = Acceptance(
        version=command.version,
        digest=sent.digest,
        at=now,
        accepted_by=command.accepted_by,
        position=command.position,
        order_number=command.order_number,
        options=tuple(line.id for line in lines if line.chosen),
        link=command.link,
        recorded_by=None if by_link else command.by,
        total_amount=content.totals.total_amount,
    )
    details = {
        "version": str(acceptance.version),
        "digest": acceptance.digest,
        "accepted_by": acceptance.accepted_by,
        "position": acceptance.position,
        "order_number": acceptance.order_number or "",
        "options": ", ".join(acceptance.options),
        "total": str(acceptance.total_amount),
        "link": str(command.link or ""),
    }
    effects = cancel_effects(quote.effects, _WHEN_ANSWERED, "accepted")
    return next_revision(
        quote,
        now,
        "accept",
        by=CLIENT if by_link else command.by,
        details=details,
        status=QuoteStatus.ACCEPTED,
        content=content,
        accepted=acceptance,
        effects=(*effects, *notice_of(quote, now, "accepted", by=command.accepted_by)),
    )


def _decline(quote: Quote, command: DeclineQuote, now: datetime) -> Quote:
    by = CLIENT if command.link is not None else command.by
    details = {
        "version": str(command.version),
        "declined_by": command.declined_by or "",
        "link": str(command.link or ""),
    }
    effects = cancel_effects(quote.effects, _WHEN_ANSWERED, "declined")
    return next_revision(
        quote,
        now,
        "decline",
        by=by,
        reason=command.reason,
        details=details,
        status=QuoteStatus.DECLINED,
        declined=ActionStamp(by=command.declined_by or by, at=now, reason=command.reason),
        effects=(*effects, *notice_of(quote, now, "declined", reason=command.reason)),
    )


def _withdraw(quote: Quote, stamp: ActionStamp) -> Quote:
    effects = cancel_effects(quote.effects, _WHEN_ANSWERED, "withdrawn")
    return _advance(quote, "withdraw", stamp, status=QuoteStatus.WITHDRAWN, withdrawn=stamp, effects=effects)


def _renew_link(quote: Quote, stamp: ActionStamp) -> Quote:
    links = tuple(_revoked(each, stamp) if each.version == quote.version else each for each in quote.links)
    link = new_link(quote, stamp)
    return _advance(quote, "renew_link", stamp, {"link": str(link.number)}, links=(*links, link))


def _revoke_link(quote: Quote, command: RevokeLink, stamp: ActionStamp) -> Quote:
    links = tuple(_revoked(each, stamp) if each.number == command.link else each for each in quote.links)
    return _advance(quote, "revoke_link", stamp, {"link": str(command.link)}, links=links)


def _revoked(link: Link, stamp: ActionStamp) -> Link:
    return link if link.revoked else link.model_copy(update={"revoked": stamp})


def _convert(quote: Quote, command: ConvertQuote, stamp: ActionStamp) -> Quote:
    conversion = conversion_of(quote.content, command, stamp)
    effect = enqueue_effect(quote, stamp.at, QuoteEffectName.TERMS)
    details = {
        "application_key": conversion.application_key,
        "valid_from": str(command.valid_from),
        "prices": "yes" if conversion.prices else "no",
        "schedule": "; ".join(f"{each.id} {each.due_on} {each.amount}" for each in conversion.schedule),
    }
    return _advance(quote, "convert", stamp, details, conversion=conversion, effects=(*quote.effects, effect))


def _advance(
    quote: Quote, action: str, stamp: ActionStamp, details: Mapping[str, str] | None = None, **updates: object
) -> Quote:
    return next_revision(quote, stamp.at, action, by=stamp.by, reason=stamp.reason, details=details, **updates)  # type: ignore[arg-type]
