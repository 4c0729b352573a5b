"""Response schemas of the audit trail and the edit history."""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from models.audit.hash_chain import GENESIS, Event, first_break


class EventView(BaseModel):
    """One event of the audit trail. Its hash covers all other fields, the previous hash included."""

    seq: int
    at: datetime
    by: str
    action: str
    reason: str | None
    status_before: str
    status_after: str
    changes: dict[str, tuple[str | None, str | None]] = Field(description="field -> [before, after]")
    details: dict[str, str]
    previous: str
    hash: str


class EditView(BaseModel):
    """One change of a draft's content, from the audit trail."""

    revision: int
    at: datetime
    by: str
    action: str = Field(description="edit, undo, take_in (late work) or redraft (contract data read again)")
    note: str | None
    changes: dict[str, tuple[str | None, str | None]] = Field(description="field -> [before, after]")
    undoes: int | None = Field(description="the revision that an undo has undone")
    undone: bool = Field(description="undone by a later undo")

    @classmethod
    def of(cls, event: Event, undone: Container[int]) -> "EditView":
        """Return the change of the event. `undone` contains the revisions that were undone."""
        undoes = event.details.get("undone")
        return cls(
            revision=event.seq,
            note=event.reason,
            undoes=int(undoes) if undoes else None,
            undone=event.seq in undone,
            **event.model_dump(include={"at", "by", "action", "changes"}),
        )


class AuditTrail(BaseModel):
    events: list[EventView]
    chain_intact: bool = Field(description="every hash fits, no event is missing, and the newest hash is the invoice's")
    first_break: int | None = Field(description="seq of the first event that does not fit the chain")

    @classmethod
    def of(cls, events: Sequence[Event], chain: str) -> Self:
        """Return the trail. `chain` is the newest hash that the invoice knows."""
        broken = first_break(events)
        newest = events[-1].hash if events else GENESIS
        return cls(
            events=[EventView.model_validate(event.model_dump()) for event in events],
            chain_intact=broken is None and newest == chain,
            first_break=broken,
        )
