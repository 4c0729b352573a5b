"""The status of an act in Didox, what it means for the invoice, and a report that it has changed.

See docs/specification/effects.md 5.7.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from pydantic import Field

from models.invoice.effects import EffectState, Receipt
from models.values.base_models import Frozen

DRAFT, SENT, WAITS_FOR_US, SIGNED, REJECTED = 0, 1, 2, 3, 4
# The statuses of an act in force, signed or not. A rejected act belongs to an earlier approval.
IN_FORCE: Final = (DRAFT, SENT, WAITS_FOR_US, SIGNED)
ENDED: Final[Mapping[int, str]] = MappingProxyType(
    {
        5: "was cancelled",
        40: "is invalid",
        50: "was annulled by the tax office",
        55: "was deleted as a draft",
        5555: "was cancelled by the sender",
    }
)
NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {
        DRAFT: "draft, waits for our signature",
        SENT: "sent, waits for the client's signature",
        WAITS_FOR_US: "waits for our signature",
        SIGNED: "signed by both",
        REJECTED: "refused by the client",
        5: "cancelled",
        6: "waits for an agent",
        8: "signed by an agent",
        40: "invalid",
        50: "annulled by the tax office",
        55: "draft deleted",
        5555: "cancelled by the sender",
    }
)
# The list omits some statuses unless they are named. A draft is no news, so it is not among them.
SWEPT_STATUSES: Final = (SENT, WAITS_FOR_US, SIGNED, REJECTED, 5, 6, 8, 40, 50, 55, 60, 5555)
COMMENT_LENGTH: Final = 1000


class ActState(Frozen):
    """The act of an invoice as it was seen last: its status as Didox numbers it, and the partner's comment."""

    document_id: str
    status: int
    comment: str | None = None
    at: datetime = Field(description="when this status was first seen")

    @property
    def name(self) -> str:
        """The status in words; an unknown one as its number."""
        return NAMES.get(self.status, f"status {self.status}")


class ActChange(Frozen):
    """A report that an act may have changed. The invoice looks at the act itself; the report decides nothing.

    `report` identifies the report, so that a repeated one is recognised.
    """

    document_id: str = Field(min_length=1, max_length=64)
    report: str = Field(min_length=1, max_length=200)


class SeenAct(Frozen):
    """An act as Didox shows it."""

    document_id: str
    number: str
    status: int
    comment: str | None = None


def read_signature(seen: SeenAct) -> Receipt:
    """Return the receipt of the wait for our signature; it is pending while the act is a draft."""
    if seen.status == DRAFT:
        return _pending(seen, "waits for our signature in Didox")
    if seen.status in ENDED:
        return _ended(seen, "it cannot be signed. Deliver the invoice again, or regenerate or void it.")
    return _receipt(seen, outcome="sent")


def read_answer(seen: SeenAct) -> Receipt:
    """Return the receipt of the wait for the client's answer; it is pending while there is none.

    An unknown status also waits, because a known status may follow.
    """
    if seen.status == SIGNED:
        return _receipt(seen, answer="accepted")
    if seen.status == REJECTED:
        return _receipt(seen, answer="rejected")
    if seen.status in ENDED:
        return _ended(seen, "the client cannot sign it. Reject the invoice and reopen it to correct it, or void it.")
    if seen.status in (SENT, WAITS_FOR_US):
        return _pending(seen, "waits for the client's signature in Didox")
    return _pending(seen, f"waits in Didox in the unknown status {seen.status}")


def read_later(seen: SeenAct) -> Receipt:
    """Return the receipt of a look at an act that was answered before: failed if it is no longer in force."""
    if seen.status in ENDED or seen.status == REJECTED:
        return _ended(
            seen,
            "the invoice has no act in force. Void it and issue it again, or agree with the client and resolve this "
            "effect with the outcome.",
        )
    return _receipt(seen)


def _receipt(seen: SeenAct, **details: str) -> Receipt:
    return Receipt(vendor_id=seen.document_id, details={**details, **_status(seen)})


def _pending(seen: SeenAct, what: str) -> Receipt:
    return Receipt(
        state=EffectState.PENDING, vendor_id=seen.document_id, details=_status(seen), note=f"Act {seen.number} {what}"
    )


def _ended(seen: SeenAct, then: str) -> Receipt:
    ended = ENDED.get(seen.status, "was refused by the client")
    comment = f": {_comment(seen)}" if seen.comment else ""
    return Receipt(
        state=EffectState.FAILED,
        vendor_id=seen.document_id,
        details=_status(seen),
        note=f"Act {seen.number} {ended} in Didox (status {seen.status}{comment}); {then}",
    )


def _status(seen: SeenAct) -> dict[str, str]:
    """Return the part of a receipt from which `recording.py` learns the status."""
    return {"status": str(seen.status), **({"comment": _comment(seen)} if seen.comment else {})}


def _comment(seen: SeenAct) -> str:
    """Return the comment as PostgreSQL can store it, on one line."""
    text = " ".join((seen.comment or "").replace("\0", "").split()).encode(errors="replace").decode()
    return text if len(text) <= COMMENT_LENGTH else f"{text[: COMMENT_LENGTH - 3]}..."
