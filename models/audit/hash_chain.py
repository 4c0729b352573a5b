"""The audit trail: every change as one event in a hash chain that anyone can check offline.

See docs/specification/lifecycle.md 11.1.

An event's hash covers its own fields and the hash before it. A removed, reordered or altered event breaks the chain at
its place.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from models.values.base_models import Frozen

GENESIS = "0" * 64


class Event(Frozen):
    """`changes` maps a field to its value before and after, both as text."""

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
    event = Event.model_validate({**fields, "seq": seq, "previous": previous, "hash": ""})
    return event.model_copy(update={"hash": event_hash(event)})


def event_hash(event: Event) -> str:
    """SHA-256 over the event without its hash, as JSON with sorted keys, so that any language can compute it."""
    fields = event.model_dump(mode="json", exclude={"hash"})
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def first_break(events: Iterable[Event]) -> int | None:
    """The seq of the first event that does not fit the chain, or None when all of it holds."""
    previous = GENESIS
    for expected, event in enumerate(events, 1):
        if event.seq != expected or event.previous != previous or event.hash != event_hash(event):
            return expected
        previous = event.hash
    return None
