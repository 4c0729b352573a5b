"""One step of an invoice: its next revision with an event in the audit chain, and the outbox of effects.

`action`, `reason`, `details` and `changes` of an event are covered by its hash. A text that the rules write there must
not change between releases: a replay of an open workflow would compute another hash than the one saved in PostgreSQL,
which refuses the chain (docs/specification/lifecycle.md 11.2).
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TypedDict, Unpack

from models.audit.hash_chain import append_event
from models.invoice.acts.act import ActState
from models.invoice.bounces.report import Bounce
from models.invoice.commands import Command
from models.invoice.content.content import Content
from models.invoice.deadlines.fired import FiredDeadline
from models.invoice.editing.late_worklogs import LateWork
from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import ActionStamp, Archived, Document, Invoice, Note, Number, Payment, UndoStep, WrittenOff
from models.invoice.portal.submission import Rejection, Submission
from models.invoice.status import Status

SYSTEM = "aktum"
CLIENT = "the client, in Didox"
NOTES_KEPT = 10
NOTE_LENGTH = 500
REQUESTS_KEPT = 100


class InvoiceChanges(TypedDict, total=False):
    """The fields of an invoice that a step may change, with their types, so that mypy reports a wrong one."""

    status: Status
    content: Content
    number: Number
    digest: str | None
    document: Document | None
    archived: Archived
    effects: tuple[Effect, ...]
    payments: tuple[Payment, ...]
    write_offs: tuple[WrittenOff, ...]
    due: date | None
    overdue: bool
    reminded: tuple[int, ...]
    finalized: ActionStamp | None
    approved: ActionStamp | None
    declined: ActionStamp
    sent: ActionStamp | None
    accepted: ActionStamp | None
    rejected: ActionStamp
    uploaded: ActionStamp
    portal_submission_id: str | None
    submissions: tuple[Submission, ...]
    rejection: Rejection
    voided: ActionStamp
    closed_at: datetime | None
    held: ActionStamp | None
    undoable: tuple[UndoStep, ...]
    makers: tuple[str, ...]
    late: LateWork | None
    bounces: tuple[Bounce, ...]
    fired: tuple[FiredDeadline, ...]
    act: ActState | None


class EffectChanges(TypedDict, total=False):
    """The fields of an effect that a step may change."""

    state: EffectState
    vendor_id: str | None
    receipt: dict[str, str]
    attempts: int
    error: str | None
    code: str | None
    argument: dict[str, str]
    blocked_since: datetime | None


def next_revision(
    invoice: Invoice,
    now: datetime,
    action: str,
    *,
    by: str = SYSTEM,
    reason: str | None = None,
    changes: Mapping[str, tuple[str | None, str | None]] | None = None,
    details: Mapping[str, str] | None = None,
    **updates: Unpack[InvoiceChanges],
) -> Invoice:
    """Return the invoice with the updates and one more event: who did what, when and why, and the old and new values.

    `changes` maps a field to its old and its new value; None means that there is no value.
    """
    revision = invoice.revision + 1
    event = append_event(
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
    journal = (*invoice.journal, event)
    return invoice.model_copy(update={**updates, "revision": revision, "chain": event.hash, "journal": journal})


def name_delegator(before: Invoice, after: Invoice, delegator: str) -> Invoice:
    """Return the invoice with the person in whose name a command was given in each event that it has caused."""
    chain, journal = before.chain, []
    for event in after.journal:
        if event.seq > before.revision:
            fields = event.model_dump(exclude={"seq", "previous", "hash"})
            fields["details"] |= {"on_behalf_of": delegator}
            event = append_event(chain, event.seq, **fields)
            chain = event.hash
        journal.append(event)
    return after.model_copy(update={"journal": tuple(journal), "chain": chain})


def enqueue_effect(invoice: Invoice, now: datetime, name: EffectName, **argument: str) -> Effect:
    """Return a new effect of the step that is being computed; its key has the revision that the step will get."""
    revision = invoice.revision + 1
    key = f"{invoice.id}:{revision}:{name}"
    return Effect(key=key, name=name, owed_at=now, revision=revision, argument=argument)


def cancel_effects(
    effects: tuple[Effect, ...], names: Collection[EffectName], reason: str, code: str | None = None
) -> tuple[Effect, ...]:
    """Return the effects with the unfinished ones of these names cancelled."""
    return tuple(
        _changed(effect, state=EffectState.SKIPPED, error=reason, code=code)
        if effect.name in names and effect.is_unfinished
        else effect
        for effect in effects
    )


def update_effect(effects: tuple[Effect, ...], key: str, **changes: Unpack[EffectChanges]) -> tuple[Effect, ...]:
    """Return the effects with the changes made to the one with this key."""
    return tuple(_changed(effect, **changes) if effect.key == key else effect for effect in effects)


def _changed(effect: Effect, **changes: Unpack[EffectChanges]) -> Effect:
    return effect.model_copy(update={**changes})


def add_note(invoice: Invoice, now: datetime, text: str) -> Invoice:
    """Return the invoice with a note for operators. The newest few are kept; a note makes no revision and no event.

    A long note is cut, because it is part of the state that every save, query and answer contains.
    """
    note = Note(at=now, text=cut(text, NOTE_LENGTH))
    return invoice.model_copy(update={"notes": (*invoice.notes, note)[-NOTES_KEPT:]})


def cut(text: str, length: int) -> str:
    """Return the text, or its beginning with an ellipsis if it has more characters than this."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def remember_request(invoice: Invoice, command: Command) -> Invoice:
    """Return the invoice with the fingerprint of a command that has a key, so that a repetition is recognised."""
    if command.idempotency_key is None:
        return invoice
    kept = (*invoice.request_fingerprints, command.request_fingerprint)[-REQUESTS_KEPT:]
    return invoice.model_copy(update={"request_fingerprints": kept})


def drop_saved_events(invoice: Invoice, up_to: int) -> Invoice:
    """Return the invoice without the events that the read model has, up to this revision."""
    return invoice.model_copy(update={"journal": tuple(event for event in invoice.journal if event.seq > up_to)})
