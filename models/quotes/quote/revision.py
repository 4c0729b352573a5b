"""One step of a quote: its next revision with an event in the audit chain, and the outbox of effects.

Texts of an event are covered by its hash, so they must not change between releases (models/invoice/revision.py).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from models.audit.hash_chain import append_event
from models.invoice.effects import EffectState
from models.invoice.invoice import ActionStamp, Note, Number
from models.invoice.revision import NOTE_LENGTH, NOTES_KEPT, REQUESTS_KEPT, SYSTEM, cut
from models.quotes.content.content import QuoteContent
from models.quotes.conversion.conversion import Conversion
from models.quotes.quote.commands import QuoteCommand
from models.quotes.quote.effects import QuoteEffect, QuoteEffectName
from models.quotes.quote.quote import Acceptance, Link, Quote, Version
from models.quotes.quote.status import QuoteStatus

CLIENT = "the client, by their link"


class QuoteChanges(TypedDict, total=False):
    """The fields of a quote that a step may change, with their types."""

    status: QuoteStatus
    version: int
    content: QuoteContent
    content_revision: int
    number: Number
    digest: str | None
    versions: tuple[Version, ...]
    links: tuple[Link, ...]
    effects: tuple[QuoteEffect, ...]
    reminded: tuple[int, ...]
    sending: ActionStamp | None
    accepted: Acceptance | None
    declined: ActionStamp | None
    expired_at: datetime | None
    withdrawn: ActionStamp
    conversion: Conversion | None


class QuoteEffectChanges(TypedDict, total=False):
    """The fields of an effect that a step may change."""

    state: EffectState
    vendor_id: str | None
    receipt: dict[str, str]
    attempts: int
    error: str | None
    code: str | None


def next_revision(
    quote: Quote,
    now: datetime,
    action: str,
    *,
    by: str = SYSTEM,
    reason: str | None = None,
    changes: Mapping[str, tuple[str | None, str | None]] | None = None,
    details: Mapping[str, str] | None = None,
    **updates: Unpack[QuoteChanges],
) -> Quote:
    """Return the quote with the updates and one more event: who did what, when and why, and the old and new values."""
    revision = quote.revision + 1
    event = append_event(
        quote.chain,
        revision,
        at=now,
        by=by,
        action=action,
        reason=reason,
        status_before=quote.status,
        status_after=updates.get("status", quote.status),
        changes=changes or {},
        details=details or {},
    )
    journal = (*quote.journal, event)
    return quote.model_copy(update={**updates, "revision": revision, "chain": event.hash, "journal": journal})


def enqueue_effect(quote: Quote, now: datetime, name: QuoteEffectName, **argument: str) -> QuoteEffect:
    """Return a new effect of the step that is being computed; its key has the revision that the step will get."""
    revision = quote.revision + 1
    key = f"{quote.id}:{revision}:{name}"
    return QuoteEffect(key=key, name=name, owed_at=now, revision=revision, version=quote.version, argument=argument)


def cancel_effects(
    effects: tuple[QuoteEffect, ...], names: Collection[QuoteEffectName], reason: str, code: str | None = None
) -> tuple[QuoteEffect, ...]:
    """Return the effects with the unfinished ones of these names cancelled."""
    return tuple(
        effect.model_copy(update={"state": EffectState.SKIPPED, "error": reason, "code": code})
        if effect.name in names and effect.is_unfinished
        else effect
        for effect in effects
    )


def update_effect(
    effects: tuple[QuoteEffect, ...], key: str, **changes: Unpack[QuoteEffectChanges]
) -> tuple[QuoteEffect, ...]:
    """Return the effects with the changes made to the one with this key."""
    return tuple(effect.model_copy(update={**changes}) if effect.key == key else effect for effect in effects)


def add_note(quote: Quote, now: datetime, text: str) -> Quote:
    """Return the quote with a note for operators. A note makes no revision and no event."""
    note = Note(at=now, text=cut(text, NOTE_LENGTH))
    return quote.model_copy(update={"notes": (*quote.notes, note)[-NOTES_KEPT:]})


def remember_request(quote: Quote, command: QuoteCommand) -> Quote:
    """Return the quote with the fingerprint of a command that has a key, so that a repetition is recognised."""
    if command.idempotency_key is None:
        return quote
    kept = (*quote.request_fingerprints, command.request_fingerprint)[-REQUESTS_KEPT:]
    return quote.model_copy(update={"request_fingerprints": kept})


def drop_saved_events(quote: Quote, up_to: int) -> Quote:
    """Return the quote without the events that the read model has, up to this revision."""
    return quote.model_copy(update={"journal": tuple(event for event in quote.journal if event.seq > up_to)})
