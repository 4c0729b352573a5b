"""The faults of all sandboxes: which requests fail, how, and how often.

kind               at the sandbox        the client sees
status             nothing is done       this HTTP status, in the error format of the vendor
html_502           nothing is done       the gateway's HTML page
one_writer_lock    nothing is done       429, as if another write was running
reset_before       nothing is done       the connection is reset
commit_then_reset  the effect is stored  the connection is reset
late_commit        stored later          the connection is reset, `seconds` before the effect is stored
delay              the effect is stored  the answer, `seconds` late
empty_200          the effect is stored  200 without a body
malformed_body     the effect is stored  the first half of the answer
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal[
    "status",
    "delay",
    "reset_before",
    "commit_then_reset",
    "late_commit",
    "html_502",
    "empty_200",
    "malformed_body",
    "one_writer_lock",
]

TIMED = ("delay", "late_commit")


class Match(BaseModel):
    """The requests that a fault applies to. An empty match applies to every request."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    method: str | None = None
    path_contains: str | None = None

    def matches(self, method: str, path: str) -> bool:
        return (self.method is None or self.method.upper() == method) and (self.path_contains or "") in path


class Fault(BaseModel):
    """A fault of a sandbox; the table above describes the kinds."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    match: Match = Match()
    kind: Kind
    times: int = Field(default=1, ge=1)
    status: int | None = Field(default=None, ge=200, le=599)
    seconds: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> "Fault":
        if (self.kind == "status") != (self.status is not None):
            raise ValueError("status is required for the kind 'status' and allowed for no other")
        if (self.kind in TIMED) != (self.seconds is not None):
            raise ValueError("seconds is required for the kinds 'delay' and 'late_commit' and allowed for no other")
        return self
