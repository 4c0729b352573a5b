"""The next state of a quote after the result of an effect."""

from datetime import datetime

from models.invoice.effects import EffectState
from models.invoice.invoice import Archived
from models.invoice.revision import SYSTEM
from models.quotes.content.content import digest
from models.quotes.quote.effects import QuoteEffect, QuoteEffectName
from models.quotes.quote.events import (
    QuoteEffectCompleted,
    QuoteEffectFailed,
    QuoteEvent,
    QuoteNumbered,
    QuoteRendered,
)
from models.quotes.quote.opening import new_link
from models.quotes.quote.quote import Quote, Version
from models.quotes.quote.revision import (
    QuoteChanges,
    add_note,
    cancel_effects,
    enqueue_effect,
    next_revision,
    update_effect,
)
from models.quotes.quote.status import QuoteStatus
from models.quotes.quote.timers import early_reminders
from models.values.failure_codes import Failure


def apply_event(quote: Quote, event: QuoteEvent, now: datetime) -> Quote:
    """Return the next state. The result of an effect that was cancelled meanwhile only leaves a note."""
    effect = quote.effect(event.key)
    if effect is None or not effect.is_open:
        return _late_result(quote, event, now)
    match event:
        case QuoteNumbered():
            return _numbered(quote, effect, event, now)
        case QuoteRendered():
            return _rendered(quote, effect, event, now)
        case QuoteEffectFailed():
            return _failed(quote, effect, event, now)
        case QuoteEffectCompleted():
            receipt = event.receipt
            return complete_effect(
                quote,
                event.key,
                state=receipt.state,
                now=now,
                vendor_id=receipt.vendor_id,
                receipt=receipt.details,
                attempts=receipt.attempts,
                note=receipt.note,
            )


def complete_effect(
    quote: Quote,
    key: str,
    *,
    state: EffectState,
    now: datetime,
    by: str = SYSTEM,
    vendor_id: str | None = None,
    receipt: dict[str, str] | None = None,
    attempts: int = 0,
    note: str | None = None,
) -> Quote:
    """Return the next revision, with the receipt in the effect and the changes that follow from it."""
    effect = quote.effect(key)
    assert effect is not None, f"{key} is not an effect of {quote.id}"
    details = receipt or {}
    effects = update_effect(
        quote.effects,
        key,
        state=state,
        vendor_id=vendor_id or effect.vendor_id,
        receipt=details,
        attempts=effect.attempts + attempts,
        error=note,
    )
    changes = QuoteChanges(effects=effects)
    if state is EffectState.DONE and effect.name is QuoteEffectName.ARCHIVE and "key" in details:
        changes["versions"] = tuple(
            each.model_copy(update={"archived": Archived.model_validate(details)})
            if each.version == effect.version
            else each
            for each in quote.versions
        )
    if state is EffectState.DONE and effect.name is QuoteEffectName.TERMS and quote.conversion:
        changes["conversion"] = quote.conversion.model_copy(update={"written": True})
    recorded = {"effect": key, "state": str(state), "vendor_id": vendor_id or "", **details}
    return next_revision(quote, now, f"{effect.name}_{state}", by=by, reason=note, details=recorded, **changes)


def frozen_digest(quote: Quote) -> str:
    """Return the digest of the version that is being sent."""
    assert quote.number is not None, "a version is frozen after its number was taken"
    return digest(quote.content, quote.number.display, quote.version)


def _numbered(quote: Quote, effect: QuoteEffect, event: QuoteNumbered, now: datetime) -> Quote:
    """Return the quote with its number; its document is made next."""
    effects = update_effect(
        quote.effects, effect.key, state=EffectState.DONE, vendor_id=event.number.display, attempts=1
    )
    document = enqueue_effect(quote, now, QuoteEffectName.DOCUMENT, **effect.argument)
    details = {"number": event.number.display, "series": event.number.series}
    return next_revision(quote, now, "number", details=details, number=event.number, effects=(*effects, document))


def _rendered(quote: Quote, effect: QuoteEffect, event: QuoteRendered, now: datetime) -> Quote:
    """Return the sent quote, with its version, its link, and the effects of its sending."""
    assert quote.sending is not None, "a document is made when the quote is sent"
    by_mail = effect.argument.get("by_mail") == "yes"
    version = Version(
        version=quote.version,
        digest=event.digest,
        document=event.document,
        sent=quote.sending,
        valid_until=quote.content.valid_until,
        total_amount=quote.content.totals.total_amount,
        by_mail=by_mail,
    )
    link = new_link(quote, quote.sending)
    effects = update_effect(
        quote.effects, effect.key, state=EffectState.DONE, receipt={"document_sha256": event.document.sha256}
    )
    owed = [enqueue_effect(quote, now, QuoteEffectName.ARCHIVE, year=str(quote.content.issued_on.year))]
    if by_mail:
        owed.append(enqueue_effect(quote, now, QuoteEffectName.EMAIL, link=str(link.number)))
    return next_revision(
        quote,
        now,
        "sent",
        by=quote.sending.by,
        details={
            "version": str(quote.version),
            "digest": event.digest,
            "document_sha256": event.document.sha256,
            "link": str(link.number),
        },
        status=QuoteStatus.SENT,
        digest=event.digest,
        versions=(*quote.versions, version),
        links=(*quote.links, link),
        effects=(*effects, *owed),
        reminded=early_reminders(quote, now),
        sending=None,
    )


def _failed(quote: Quote, effect: QuoteEffect, event: QuoteEffectFailed, now: datetime) -> Quote:
    """Return the quote with the effect cancelled, failed or unknown. PostgreSQL stores no NUL in a text."""
    message = event.message.replace("\x00", "")
    details = {"effect": effect.key, "code": event.code}
    if effect.spec.cancelled_by_refusal:
        changes = QuoteChanges(effects=cancel_effects(quote.effects, {effect.name}, message, event.code), sending=None)
        if effect.name is QuoteEffectName.TERMS:
            changes["conversion"] = None
        after = next_revision(quote, now, f"{effect.name}_refused", reason=message, details=details, **changes)
        return add_note(after, now, message)
    state = EffectState.UNKNOWN if event.code == Failure.OUTCOME_UNKNOWN else EffectState.FAILED
    effects = update_effect(
        quote.effects, effect.key, state=state, error=message, code=event.code, attempts=effect.attempts + 1
    )
    return next_revision(quote, now, f"{effect.name}_failed", reason=message, details=details, effects=effects)


def _late_result(quote: Quote, event: QuoteEvent, now: datetime) -> Quote:
    """Return the quote with a note on the result of a cancelled effect, and an event if it was executed."""
    note = f"The result of {event.key} came after it was given up."
    if isinstance(event, QuoteEffectCompleted) and event.receipt.state is EffectState.DONE and quote.effect(event.key):
        details = {"effect": event.key, "vendor_id": event.receipt.vendor_id or "", **event.receipt.details}
        name = event.key.rpartition(":")[2]
        quote = next_revision(quote, now, f"{name}_came_late", reason=note, details=details)
    return add_note(quote, now, note)
