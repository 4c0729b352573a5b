"""What the ledger knows of an effect, and what an activity tells it of the thing at the vendor."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.invoice.effects import EffectState, Receipt
from models.values.base_models import Frozen

SETTLING: Final = "Settling"
CANCELLED_BY: Final = "withdrawn_by"  # as receipts have stored it


@dataclass(frozen=True)
class Found:
    """What is at the vendor: made just now, or by an attempt whose answer was lost."""

    vendor_id: str | None
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NotNeeded:
    """What a probe reports where there turns out to be nothing to do."""

    reason: str


class Entry(Frozen):
    """One row of the ledger, as it was at `seen_at` by the database's clock."""

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
    def in_doubt(self) -> bool:
        """An attempt ended without an answer, so what it asked for may be there, or may still come."""
        return self.state is EffectState.UNKNOWN

    def must_be_settled(self, settle: timedelta) -> None:
        """To be called where a search that began after `seen_at` has found nothing: raises while that proves nothing,
        because what the last attempt asked for may still appear. `settle`: how late it may do so."""
        if not self.in_doubt or self.last_tried_at is None:
            return
        until = (self.last_tried_at + settle).astimezone(UTC)
        if self.seen_at < until:
            raise ApplicationError(
                "The answer to the last attempt was lost. It is not there, but it may still be carried out, or be "
                f"missing from a list that lags; looking again, and nothing is repeated before {until:%H:%M:%S} UTC.",
                type=SETTLING,
                next_retry_delay=until - self.seen_at,
                category=ApplicationErrorCategory.BENIGN,
            )

    @property
    def final(self) -> Receipt | None:
        """The receipt that ends every further attempt: the effect has completed, or was cancelled for good."""
        is_final = self.state is EffectState.DONE or (self.receipt and CANCELLED_BY in self.receipt.details)
        return self.receipt if is_final else None
