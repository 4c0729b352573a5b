"""Response schemas of the payments of all invoices."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.http.number_formats import Money
from models.invoice.status import Kind, Status
from models.values.money import Currency


class Reversal(BaseModel):
    """Who took a payment back, when and why."""

    by: str
    at: datetime
    reason: str | None


class ListedPayment(BaseModel):
    """A payment with the invoice that it is recorded for."""

    payment_id: str
    paid_on: date
    amount: Money
    currency: Currency
    reference: str
    surplus: Money = Field(description="the part that covers nothing: the client's credit")
    bank_slip: str | None = Field(description="the id of an attachment of the invoice")
    recorded_by: str
    recorded_at: datetime
    reversed: Reversal | None = Field(description="of a payment that counts no more")
    invoice_id: str
    display_number: str | None
    kind: Kind
    status: Status = Field(description="of the invoice")
    customer_key: str
    company_name: str
    balance: Money = Field(description="of the invoice")


class PaymentTotal(BaseModel):
    """The payments in one currency that count, and the number of those that were taken back."""

    currency: Currency
    payments: int
    amount: Money
    reversed: int


class Payments(BaseModel):
    """`next_cursor` is null on the last page."""

    data: list[ListedPayment]
    next_cursor: str | None
    totals: list[PaymentTotal] | None = Field(
        description="sums of all pages, one for each currency; null when more than 10,000 payments match"
    )
