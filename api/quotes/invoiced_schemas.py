"""What of a quote has been invoiced, as the API answers it."""

from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from api.http.number_formats import Money
from models.invoice.status import Status
from models.quotes.conversion.invoiced import Invoiced, InvoicedEntry, QuoteInvoice


class InvoicedLineView(BaseModel):
    line_id: str
    quoted: Money
    invoiced: Money
    left: Money = Field(description="of the months and entries that stand on no invoice yet")
    difference: Money = Field(description="invoiced + left - quoted")


class QuoteInvoiceView(BaseModel):
    id: str
    number: str | None
    status: Status
    period_start: date
    period_end: date
    amount: Money = Field(description="what it charges of the quote, without tax that is added")

    @classmethod
    def of(cls, found: QuoteInvoice) -> Self:
        invoice = found.invoice
        period = invoice.content.period
        return cls(
            id=invoice.id,
            number=invoice.display_number,
            status=invoice.status,
            period_start=period.start,
            period_end=period.end,
            amount=found.amount,
        )


class InvoicedEntryView(BaseModel):
    """An entry of the schedule. To invoice it at once, generate the contract's invoice for its day."""

    entry_id: str
    name: str
    due_on: date
    amount: Money
    invoice_id: str | None
    invoice_number: str | None

    @classmethod
    def of(cls, found: InvoicedEntry) -> Self:
        invoice = found.invoice
        return cls(
            **found.model_dump(exclude={"invoice"}),
            invoice_id=invoice.id if invoice else None,
            invoice_number=invoice.display_number if invoice else None,
        )


class InvoicedView(BaseModel):
    """What has been invoiced of the quote, what is left, and the difference."""

    quoted: Money
    invoiced: Money
    left: Money
    difference: Money
    beyond: Money = Field(description="charged by the prices of the quote for work that it has no line for")
    lines: list[InvoicedLineView]
    schedule: list[InvoicedEntryView]
    invoices: list[QuoteInvoiceView]

    @classmethod
    def of(cls, found: Invoiced) -> Self:
        return cls(
            quoted=found.quoted,
            invoiced=found.invoiced,
            left=found.left,
            difference=found.difference,
            beyond=found.beyond,
            lines=[InvoicedLineView(**each.model_dump(), difference=each.difference) for each in found.lines],
            schedule=[InvoicedEntryView.of(each) for each in found.entries],
            invoices=[QuoteInvoiceView.of(each) for each in found.invoices],
        )
