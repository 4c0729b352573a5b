"""The query of the list of payables, and the cursor that names the position of its next page."""

from datetime import date
from typing import Annotated

from pydantic import Field

from api.cursors import ListPosition, fingerprint
from api.http.parameters import Search
from models.bills.payable import Payable, PayableStatus
from models.values.base_models import Strict
from models.values.currencies import Currency
from models.values.text import text_pattern
from models.values.typed_values import TypedDay, WholeParameter

_Text = Annotated[str, Field(min_length=1, max_length=300, json_schema_extra={"pattern": text_pattern(1)})]


class PayablePosition(ListPosition):
    """The position after a payable."""

    due_date: date
    id: str


class PayableSelection(Strict):
    """Filters of payables. A payable must match all of them."""

    status: list[PayableStatus] = Field(default=[], max_length=20, description="may be repeated")
    tenant_id: _Text | None = None
    vendor_id: _Text | None = None
    source: _Text | None = None
    external_id: _Text | None = None
    currency: Currency | None = None
    is_locked: bool | None = None
    overdue: bool | None = Field(default=None, description="unpaid after the due date")
    due_from: TypedDay | None = None
    due_to: TypedDay | None = None
    search: Search | None = Field(
        default=None, description="a part of the vendor's name, or words of the number, the invoice id, the source"
    )


class PayableQuery(PayableSelection):
    """The filters, and which page."""

    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Annotated[str, Field(min_length=1, max_length=500)] | None = None

    @property
    def selection(self) -> PayableSelection:
        return PayableSelection.model_validate(self.model_dump(exclude={"per_page", "cursor"}))

    @property
    def position(self) -> PayablePosition | None:
        """Return the position of the cursor; None without one. Raise Invalid when it is not from this list."""
        return PayablePosition.read(self.cursor, fingerprint(self))

    def cursor_after(self, payable: Payable) -> str:
        """Return the cursor of the page after the payable."""
        return PayablePosition(of=fingerprint(self), due_date=payable.due_date, id=payable.id).cursor
