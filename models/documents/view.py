"""The view of a document: its rows, columns, totals and parties as values. The templates write the texts.

A view is made from the frozen content only, so that the same invoice always prints the same page. It has values, dates
and names of labels; `activities/documents/` formats dates and amounts.

Whatever the toggles hide, the amounts of the billed rows add up to the subtotal, and the subtotal, the tax and an
agreed adjustment add up to the total. A document that does not add up cannot be signed, so no view is made of it.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from models.documents.rows import Caption, Row, document_rows
from models.documents.wording import legal_text
from models.invoice.content.basis import ClientType, ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.hours import hours_are_charged
from models.invoice.content.lines import Line, LineType
from models.invoice.content.quoted import NamedQuote, named_quotes
from models.issuer.issuer import Party, TaxRate
from models.values.base_models import Frozen
from models.values.money import Currency, total
from models.values.period import Period

__all__ = ["Caption", "Column", "DocumentKind", "DocumentView", "Row", "Table", "TotalLabel", "TotalRow", "view"]


class DocumentKind(StrEnum):
    ACT = "act"
    INVOICE = "invoice"

    @classmethod
    def of(cls, content: Content) -> Self:
        """Return ACT for a local client, INVOICE for any other (docs/specification/documents.md 1.1)."""
        basis = content.basis
        return cls.ACT if isinstance(basis, ServiceBasis) and basis.client_type is ClientType.LOCAL else cls.INVOICE


class Column(StrEnum):
    NUMBER = "number"
    DESCRIPTION = "description"
    DAYS = "days"  # the days worked
    HOURS = "hours"  # used if every quantity is hours
    QUANTITY = "quantity"  # used for pieces, or for pieces and hours
    PRICE = "price"
    AMOUNT = "amount"


class TotalLabel(StrEnum):
    HOURS = "hours"
    SUBTOTAL = "subtotal"
    TAX = "tax"
    TAX_INCLUDED = "tax_included"
    ADJUSTMENT = "adjustment"
    TOTAL = "total"


class TotalRow(Frozen):
    label: TotalLabel
    amount: Decimal
    tax_code: str | None = None
    tax_rate: Decimal | None = None


class Table(Frozen):
    """Rows, and the columns that have a value in at least one of them."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


class DocumentView(Frozen):
    """Everything that one document shows. `number` is None for a draft; its page is marked as a draft."""

    kind: DocumentKind
    language: str
    number: str | None
    issued: date
    due: date
    payment_days: int | None
    period: Period
    contract_name: str
    agreement_number: str | None
    agreement_date: date | None
    currency: Currency
    seller: Party
    logo: str | None
    buyer: Party
    billed: Table
    informing: Table | None
    hours: Decimal | None
    hours_charged: bool
    totals: tuple[TotalRow, ...]
    total: Decimal
    legal_text: str
    tax_note: str
    quotes: tuple[NamedQuote, ...] = ()

    @property
    def is_draft(self) -> bool:
        return self.number is None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        parts = (row.amount for row in self.totals if row.label in _PARTS)
        rows = total(row.amount for row in self.billed.rows if row.amount is not None)
        if rows + total(parts) != self.total:
            raise ValueError(f"the document's rows do not add up to its total of {self.total}")
        return self


_PARTS = (TotalLabel.TAX, TotalLabel.ADJUSTMENT)


def view(content: Content, number: str | None = None, due: date | None = None) -> DocumentView:
    """Return the view of a service invoice's document; without a number, that of a draft. Raises NotAServiceInvoice.

    The payment days are shown only if the due date follows from them.
    """
    service = content.service
    billed, informing = document_rows(content)
    due_by_terms = content.payable_by(None)
    tracked = content.toggles.show_tracked_time
    return DocumentView(
        kind=DocumentKind.of(content),
        language=content.language,
        number=number,
        issued=content.invoice_date,
        due=content.payable_by(due),
        payment_days=content.payment_days if due in (None, due_by_terms) else None,
        period=service.period,
        contract_name=service.application_name,
        agreement_number=service.agreement_number,
        agreement_date=service.agreement_date,
        currency=content.currency,
        seller=content.issuer.party,
        logo=content.issuer.logo,
        buyer=content.customer,
        billed=_table(billed, tracked=tracked),
        informing=_table(informing, tracked=tracked) if informing else None,
        hours=content.totals.total_hours if tracked and _has_hours(content.lines) else None,
        hours_charged=hours_are_charged(content),
        totals=totals_rows(content),
        total=content.totals.total_amount,
        legal_text=legal_text(content),
        tax_note=content.tax_note,
        quotes=named_quotes(service, content.lines) if service.names_quote else (),
    )


def _has_hours(lines: Sequence[Line]) -> bool:
    return any(line.line_type in (LineType.TASK, LineType.OVERTIME) for line in lines)


def _table(rows: Sequence[Row], *, tracked: bool) -> Table:
    """Return the table with its columns.

    There is a quantity column if time is shown or a quantity is not 1, and a price column if a price is shown beside a
    quantity or differs from the amount.
    """
    work = any(row.hours is not None for row in rows)
    pieces = [row for row in rows if row.quantity is not None]
    counted = bool(work or any(row.quantity != 1 for row in pieces) or (tracked and pieces))
    priced = any(row.price is not None and (counted or row.price != row.amount) for row in rows)
    chosen = {
        Column.NUMBER: any(row.number for row in rows),
        Column.DESCRIPTION: True,
        Column.DAYS: any(row.worked_on for row in rows),
        Column.HOURS: work and not pieces,
        Column.QUANTITY: counted and bool(pieces),
        Column.PRICE: priced,
        Column.AMOUNT: any(row.amount is not None for row in rows),
    }
    return Table(columns=tuple(column for column, shown in chosen.items() if shown), rows=tuple(rows))


def totals_rows(content: Content) -> tuple[TotalRow, ...]:
    """Return the rows of totals: subtotal, adjustment and tax if there are any, and always the total.

    A total typed by hand includes the tax. The adjustment is its difference from the computed total without the tax; it
    stands above the tax, so that the tax is its rate times the amounts above it. A tax that the prices contain stands
    below the total, of which it is a part.
    """
    sums = content.totals
    if content.tax and content.tax.included:
        return tuple(_totals_with_included_tax(content, content.tax))
    adjustment = sums.total_amount - sums.net_amount - sums.tax_amount
    found = []
    if content.tax or adjustment:
        found.append(TotalRow(label=TotalLabel.SUBTOTAL, amount=sums.net_amount))
    if adjustment:
        found.append(TotalRow(label=TotalLabel.ADJUSTMENT, amount=adjustment))
    if content.tax:
        tax = content.tax
        found.append(TotalRow(label=TotalLabel.TAX, amount=sums.tax_amount, tax_code=tax.code, tax_rate=tax.rate))
    return (*found, TotalRow(label=TotalLabel.TOTAL, amount=sums.total_amount))


def _totals_with_included_tax(content: Content, tax: TaxRate) -> list[TotalRow]:
    charged = total(line.line_total for line in content.lines if line.billed)
    adjustment = content.totals.total_amount - charged
    found = []
    if adjustment:
        found.append(TotalRow(label=TotalLabel.SUBTOTAL, amount=charged))
        found.append(TotalRow(label=TotalLabel.ADJUSTMENT, amount=adjustment))
    found.append(TotalRow(label=TotalLabel.TOTAL, amount=content.totals.total_amount))
    row = TotalRow(
        label=TotalLabel.TAX_INCLUDED, amount=content.totals.tax_amount, tax_code=tax.code, tax_rate=tax.rate
    )
    return [*found, row]
