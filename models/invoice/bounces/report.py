"""Bounces: notices of mail servers that a letter did not reach a recipient (RFC 3464)."""

from datetime import datetime

from pydantic import Field

from models.values.base_models import Frozen


class Undelivered(Frozen):
    """A recipient that a letter did not reach, with the status code (`5.1.1`) and the words of the mail server."""

    recipient: str = Field(max_length=254)
    status: str = Field(max_length=20)
    reason: str = Field(default="", max_length=500)

    def __str__(self) -> str:
        return f"{self.recipient}: {self.status} {self.reason}".strip()


class BounceReport(Frozen):
    """A notice about one letter. `notice` identifies it, so that a repeated report is recognised."""

    notice: str = Field(max_length=300)
    effect: str = Field(max_length=200, description="the key of the effect that sent the letter")
    permanent: bool = Field(description="the mail server has given up; false if it still tries")
    recipients: tuple[Undelivered, ...] = Field(min_length=1, max_length=60)

    @property
    def summary(self) -> str:
        """The recipients on one line, each with its status and reason."""
        return "; ".join(map(str, self.recipients))


class Bounce(Frozen):
    """A letter that a mail server has given up."""

    notice: str
    effect: str
    at: datetime
    recipients: tuple[Undelivered, ...]
