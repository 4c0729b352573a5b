"""Query parameters of the payments: filters and page."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from api.cursors import ListPosition, fingerprint
from api.http.parameters import Search
from api.registry.filters import searchable
from models.invoice.status import Kind
from models.values.base_models import Strict
from models.values.money import Amount, Currency
from models.values.period import Day
from models.values.typed_values import WholeParameter

_LOWER_ENDS = {"paid_to": "paid_from", "max_amount": "min_amount"}


class PaymentPosition(ListPosition):
    """The position after a payment: its day, and the event that recorded it."""

    paid_on: date
    invoice_id: str
    seq: int = Field(ge=0, lt=2**31)


class PaymentSelection(Strict):
    """Filters of payments. A payment must match all of them. Days are inclusive."""

    paid_from: Day | None = None
    paid_to: Day | None = None
    currency: Currency | None = None
    customer_key: Search | None = None
    kind: Kind | None = None
    reversed: bool | None = Field(
        default=None, description="true: only those that were taken back; false: none of them"
    )
    min_amount: Amount | None = Field(default=None, description="most useful together with `currency`")
    max_amount: Amount | None = None
    q: Annotated[Search, AfterValidator(searchable)] | None = Field(
        default=None,
        description="words, or beginnings of words, of the reference and the payment id, or of the invoice as in the "
        "registry. All words must match.",
    )

    @field_validator(*_LOWER_ENDS)
    @classmethod
    def _in_order(cls, upper: Any, info: ValidationInfo) -> Any:
        name = _LOWER_ENDS[str(info.field_name)]
        lower = info.data.get(name)
        if upper is not None and lower is not None and upper < lower:
            raise ValueError(f"must not be less than {name}, {lower}")
        return upper


class PaymentFilter(PaymentSelection):
    """The filters, and which page."""

    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = None

    @property
    def position(self) -> PaymentPosition | None:
        """Return the position of the cursor; None without one. Raise Invalid when it is not from this list."""
        return PaymentPosition.read(self.cursor, fingerprint(self))

    def cursor_after(self, paid_on: date, invoice_id: str, seq: int) -> str:
        """Return the cursor of the page after this payment."""
        return PaymentPosition(of=fingerprint(self), paid_on=paid_on, invoice_id=invoice_id, seq=seq).cursor


class PaymentCsvFilter(PaymentSelection):
    bom: bool = Field(default=False, description="begin with a byte order mark, by which Excel recognises UTF-8")


class PaymentXlsxFilter(PaymentSelection):
    pass
