"""The fault plan that all sandboxes share: which requests go wrong, how, and how often.

kind               at the sandbox        the client sees
status             nothing is done       this HTTP status, in the vendor's own error shape
html_502           nothing is done       the gateway's HTML page
one_writer_lock    nothing is done       429, as if another write were running
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
    """An empty match fits every request."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    method: str | None = None
    path_contains: str | None = None

    def fits(self, method: str, path: str) -> bool:
        return (self.method is None or self.method.upper() == method) and (self.path_contains or "") in path


class Fault(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    match: Match = Match()
    kind: Kind
    times: int = Field(default=1, ge=1)
    status: int | None = Field(default=None, ge=200, le=599)
    seconds: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> "Fault":
        if (self.kind == "status") != (self.status is not None):
            raise ValueError("status goes with the kind 'status', and only with it")
        if (self.kind in TIMED) != (self.seconds is not None):
            raise ValueError("seconds goes with the kinds 'delay' and 'late_commit', and only with them")
        return self
