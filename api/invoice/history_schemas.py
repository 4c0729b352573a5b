"""Response schemas of the audit trail and the edit history."""

from collections.abc import Container
from datetime import datetime

from pydantic import BaseModel, Field

from models.audit.hash_chain import Event


class EventView(BaseModel):
    """One entry of the audit trail; its hash covers all other fields and the hash before it."""

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
    """One change of what a draft says, from the audit trail."""

    revision: int
    at: datetime
    by: str
    action: str = Field(description="edit, undo, take_in (late work) or redraft (facts fetched again)")
    note: str | None
    changes: dict[str, tuple[str | None, str | None]] = Field(description="field -> [before, after]")
    undoes: int | None = Field(description="of an undo: the revision that it took back")
    undone: bool = Field(description="taken back by a later undo")

    @classmethod
    def of(cls, event: Event, undone: Container[int]) -> "EditView":
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
    chain_intact: bool = Field(description="every hash fits, none is missing, and the newest is the invoice's own")
    first_break: int | None = Field(description="seq of the first event that does not fit the chain")
