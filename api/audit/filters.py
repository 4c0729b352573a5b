"""Query parameters of the events across invoices: filters and page."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints, ValidationInfo, field_validator

from api.cursors import ListPosition, fingerprint
from api.http.parameters import Search
from models.values.base_models import Strict
from models.values.period import Day
from models.values.typed_values import WholeParameter


class EventPosition(ListPosition):
    """The position after an event."""

    at: AwareDatetime
    invoice_id: str
    seq: int = Field(ge=0, lt=2**31)


class EventSelection(Strict):
    """Filters of events. An event must match all of them. Days are those of the issuer, inclusive."""

    by: Search | None = Field(default=None, description="who did it, as the event names them: `lena`, `key:erp (anna)`")
    action: Annotated[str, StringConstraints(max_length=60, pattern="^[a-z_]+$")] | None = Field(
        default=None, description="such as `approve`, `record_payment` or `archive_done`"
    )
    day_from: Day | None = None
    day_to: Day | None = None
    invoice: Search | None = Field(default=None, description="the id of an invoice, or its number as printed")

    @field_validator("day_to")
    @classmethod
    def _in_order(cls, day_to: Any, info: ValidationInfo) -> Any:
        day_from = info.data.get("day_from")
        if day_to is not None and day_from is not None and day_to < day_from:
            raise ValueError(f"must not be less than day_from, {day_from}")
        return day_to


class EventFilter(EventSelection):
    """The filters, and which page."""

    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = None

    @property
    def position(self) -> EventPosition | None:
        """Return the position of the cursor; None without one. Raise Invalid when it is not from this list."""
        return EventPosition.read(self.cursor, fingerprint(self))

    def cursor_after(self, at: datetime, invoice_id: str, seq: int) -> str:
        """Return the cursor of the page after this event."""
        return EventPosition(of=fingerprint(self), at=at, invoice_id=invoice_id, seq=seq).cursor


class VerificationQuery(Strict):
    """How far the check is."""

    cursor: Annotated[str, Field(min_length=1, max_length=20_000, pattern="^[A-Za-z0-9_.-]*$")] | None = Field(
        default=None, description="`next_cursor` of the previous answer; without it from the start"
    )
