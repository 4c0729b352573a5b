"""One step of an invoice: the next revision with its event in the audit chain, and the effects it owes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from models.audit import chained
from models.commands import Command
from models.effects import Effect, EffectName, EffectState
from models.invoice import Invoice, Note

SYSTEM = "aktum"
NOTES_KEPT = 10
REQUESTS_KEPT = 100


def advance(
    invoice: Invoice,
    now: datetime,
    action: str,
    *,
    by: str = SYSTEM,
    reason: str | None = None,
    changes: Mapping[str, tuple[str | None, str | None]] | None = None,
    details: Mapping[str, str] | None = None,
    **updates: Any,
) -> Invoice:
    """`updates` are fields of Invoice; the event says who, when, why, before and after (design 1.9)."""
    revision = invoice.revision + 1
    event = chained(
        invoice.chain,
        revision,
        at=now,
        by=by,
        action=action,
        reason=reason,
        status_before=invoice.status,
        status_after=updates.get("status", invoice.status),
        changes=changes or {},
        details=details or {},
    )
    steps = {"revision": revision, "chain": event.hash, "journal": (*invoice.journal, event)}
    return invoice.model_copy(update=updates | steps)


def owed(invoice: Invoice, now: datetime, name: EffectName, **argument: str) -> Effect:
    """A new effect of the step that is being taken: its key carries the revision that step will have."""
    revision = invoice.revision + 1
    key = f"{invoice.id}:{revision}:{name}"
    return Effect(key=key, name=name, owed_at=now, revision=revision, argument=argument)


def dropped(effects: tuple[Effect, ...], names: Collection[EffectName], why: str) -> tuple[Effect, ...]:
    """The effects with the unfinished ones of these names given up."""
    return tuple(
        effect.model_copy(update={"state": EffectState.SKIPPED, "error": why})
        if effect.name in names and (effect.is_open or effect.needs_a_person)
        else effect
        for effect in effects
    )


def replaced(effects: tuple[Effect, ...], key: str, **updates: object) -> tuple[Effect, ...]:
    return tuple(e.model_copy(update=updates) if e.key == key else e for e in effects)


def noted(invoice: Invoice, now: datetime, text: str) -> Invoice:
    """Not a change of the invoice: no revision, no event; operators see the newest few in the details."""
    return invoice.model_copy(update={"notes": (*invoice.notes, Note(at=now, text=text))[-NOTES_KEPT:]})


def remembered(invoice: Invoice, command: Command) -> Invoice:
    if command.idempotency_key is None:
        return invoice
    kept = (*invoice.request_fingerprints, command.request_fingerprint)[-REQUESTS_KEPT:]
    return invoice.model_copy(update={"request_fingerprints": kept})
