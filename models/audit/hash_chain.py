"""The audit trail: a hash chain with one event for every change. It can be verified without the system.

The hash of an event covers its own fields and the hash of the event before. A removed, reordered or altered event
breaks the chain at its place (docs/specification/lifecycle.md 11.1).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from models.values.base_models import Frozen

GENESIS = "0" * 64


class Event(Frozen):
    """One change of an invoice or quote. `changes` maps a field to its old and new value, both as text."""

    seq: int
    at: datetime
    by: str
    action: str
    reason: str | None = None
    status_before: str
    status_after: str
    changes: dict[str, tuple[str | None, str | None]] = {}
    details: dict[str, str] = {}
    previous: str
    hash: str


def append_event(previous: str, seq: int, **fields: object) -> Event:
    """Return the event that follows the one with the hash `previous`. `fields` are the other fields of Event."""
    event = Event.model_validate({**fields, "seq": seq, "previous": previous, "hash": ""})
    return event.model_copy(update={"hash": event_hash(event)})


def event_hash(event: Event) -> str:
    """Return the SHA-256 of the event without its hash: compact UTF-8 JSON with sorted keys."""
    fields = event.model_dump(mode="json", exclude={"hash"})
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(events: Iterable[Event]) -> int | None:
    """Return the seq of the first event that does not fit the chain; None if the chain is valid."""
    previous = GENESIS
    for expected, event in enumerate(events, 1):
        if event.seq != expected or event.previous != previous or event.hash != event_hash(event):
            return expected
        previous = event.hash
    return None


def reason_broken(stored: Sequence[Any], newest_seq: int, newest_hash: str) -> str | None:
    """Return what is wrong with the stored events of a trail that should end in this one; None if nothing is."""
    try:
        events = [Event.model_validate(each) for each in stored]
    except ValidationError:
        return "an event is no longer one that Aktum writes"
    if seq := first_break(events):
        return f"event {seq} is missing, or does not follow from the events before it"
    if len(events) != newest_seq:
        return f"it has {len(events)} events, and its state is at revision {newest_seq}"
    if events[-1].hash != newest_hash:
        return f"event {newest_seq} is not the one that the recorded state names"
    return None
