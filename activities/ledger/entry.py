"""One row of the ledger, and what a step reports of the record at the vendor."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.invoice.effects import EffectState, Receipt
from models.values.base_models import Frozen

SETTLING: Final = "Settling"
CANCELLED_BY: Final = "withdrawn_by"  # as receipts have stored it


NOTHING_LEFT: Final = timedelta(0)


@dataclass(frozen=True)
class Found:
    """The record at the vendor: created now, or by an earlier attempt whose answer was lost."""

    vendor_id: str | None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NotNeeded:
    """The result of a probe that finds that nothing has to be done."""

    reason: str


class Entry(Frozen):
    """One row of the ledger, read at `seen_at` by the clock of the database."""

    key: str
    invoice_id: str
    effect: str
    request_digest: str | None
    state: EffectState
    vendor_id: str | None
    receipt: Receipt | None
    attempts: int
    first_tried_at: datetime | None
    last_tried_at: datetime | None
    done_at: datetime | None
    last_error: str | None
    seen_at: datetime

    @property
    def is_unknown(self) -> bool:
        """Whether an attempt ended without an answer, so that its record may exist or may still appear."""
        return self.state is EffectState.UNKNOWN

    def require_settled(self, settle: timedelta) -> None:
        """Raise SETTLING, which is retried, until the settle time after an attempt without an answer has passed.

        A step calls this after a search that began after `seen_at` and found nothing: before the settle time is over,
        the record may still appear.
        """
        if not self.is_unknown or self.last_tried_at is None:
            return
        until = (self.last_tried_at + settle).astimezone(UTC)
        if self.seen_at < until:
            raise ApplicationError(
                "The answer to the last attempt was lost. Its record was not found, but the vendor may still create or "
                f"list it. The search is repeated; the request is not repeated before {until:%H:%M:%S} UTC.",
                type=SETTLING,
                next_retry_delay=until - self.seen_at,
                category=ApplicationErrorCategory.BENIGN,
            )

    @property
    def created_again(self) -> Found | None:
        """The record of a repeated request, until the vendor has been looked at once more; else None."""
        if not self.is_unknown or self.receipt is None or self.receipt.state is not EffectState.DONE:
            return None  # the receipt, if any, is that of an effect which was skipped before
        return Found(self.receipt.vendor_id, self.receipt.details)

    def require_second_look(self, after: timedelta) -> None:
        """Raise SETTLING, which is retried, until it is time to look at the vendor once more."""
        assert self.last_tried_at is not None, "a repeated request was sent"
        left = self.last_tried_at + after - self.seen_at
        if left > NOTHING_LEFT:
            raise second_look_later(self.vendor_id, left)

    @property
    def final(self) -> Receipt | None:
        """The receipt of an effect that has completed or was cancelled for good; no further attempt is made."""
        is_final = self.state is EffectState.DONE or (self.receipt and CANCELLED_BY in self.receipt.details)
        return self.receipt if is_final else None


def second_look_later(vendor_id: str | None, left: timedelta) -> ApplicationError:
    """Return the error after which Temporal looks at the vendor once more."""
    return ApplicationError(
        f"The request was repeated after its answer was lost, and created record {vendor_id}. In "
        f"{left.total_seconds():.0f} s the vendor is searched once more for a record of the first request.",
        type=SETTLING,
        next_retry_delay=left,
        category=ApplicationErrorCategory.BENIGN,
    )
