"""The view of a quote's document: its rows, totals and texts as values; the templates write the words.

A view is made from the frozen content only, so that the same version always prints the same page.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Self

from pydantic import model_validator

from models.contracts.quoted_terms import QuotePlace
from models.issuer.issuer import Party
from models.quotes.content.content import QuoteContent, QuoteTotals
from models.quotes.content.discount import discount_base
from models.quotes.content.lines import ONE, QuoteLine
from models.values.base_models import Frozen
from models.values.money import Currency, total


class QuoteRow(Frozen):
    """One printed row. `times` is shown where it is not 1, and the multiplier where it is not 1.0."""

    line_id: str
    number: int
    description: str
    details: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    multiplier: Decimal | None
    discount_percent: Decimal | None
    times: int
    amount: Decimal
    total: Decimal
    chosen: bool


class DiscountRow(Frozen):
    """The discount of the whole quote. `base` is shown where other lines than those that carry it are in the total."""

    label: str
    percent: Decimal | None
    base: Decimal | None


class QuoteView(Frozen):
    """Everything that the document and the client's page show. `number` is None for a draft."""

    language: str
    number: str | None
    version: int
    title: str
    issued: date
    valid_until: date
    payment_days: int
    currency: Currency
    seller: Party
    logo: str | None
    buyer: Party
    contact: str
    introduction: str
    terms: str
    rows: tuple[QuoteRow, ...]
    options: tuple[QuoteRow, ...]
    discount: DiscountRow | None
    totals: QuoteTotals
    tax_code: str | None
    tax_rate: Decimal | None
    tax_included: bool

    @property
    def is_draft(self) -> bool:
        return self.number is None

    @property
    def repeats(self) -> bool:
        """Whether a row counts several times, so that the table needs a column for it."""
        return any(row.times > 1 for row in (*self.rows, *self.options))

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        rows = total(row.total for row in (*self.rows, *(each for each in self.options if each.chosen)))
        expected = self.totals.total_amount - (Decimal(0) if self.tax_included else self.totals.tax_amount)
        if rows - self.totals.quote_discount != expected:
            raise ValueError(f"the quote's rows do not add up to its total of {self.totals.total_amount}")
        return self


def quote_view(content: QuoteContent, number: str | None, version: int) -> QuoteView:
    """Return the view of a version; without a number, that of a draft."""
    tax = content.tax
    return QuoteView(
        language=content.language,
        number=number,
        version=version,
        title=content.title,
        issued=content.issued_on,
        valid_until=content.valid_until,
        payment_days=content.payment_days,
        currency=content.currency,
        seller=content.issuer.party,
        logo=content.issuer.logo,
        buyer=content.customer,
        contact=content.contact,
        introduction=content.introduction,
        terms=content.terms,
        rows=_rows(line for line in content.lines if not line.optional),
        options=_rows(line for line in content.lines if line.optional),
        discount=_discount(content),
        totals=content.totals,
        tax_code=tax.code if tax else None,
        tax_rate=tax.rate if tax else None,
        tax_included=bool(tax and tax.included),
    )


def line_places(content: QuoteContent) -> dict[str, QuotePlace]:
    """Return the printed number of each line by its id."""
    lines = ((row, False) for row in _rows(line for line in content.lines if not line.optional))
    options = ((row, True) for row in _rows(line for line in content.lines if line.optional))
    return {row.line_id: QuotePlace(number=row.number, is_option=option) for row, option in (*lines, *options)}


def _discount(content: QuoteContent) -> DiscountRow | None:
    discount, totals = content.discount, content.totals
    if discount is None or not totals.quote_discount:
        return None
    base = discount_base(content.lines)
    is_of_all = base == totals.list_amount - totals.discount
    return DiscountRow(label=discount.label, percent=discount.percent, base=None if is_of_all else base)


def _rows(lines: Iterable[QuoteLine]) -> tuple[QuoteRow, ...]:
    return tuple(
        QuoteRow(
            line_id=line.id,
            number=number,
            description=line.description,
            details=line.details,
            quantity=line.quantity,
            unit=line.unit,
            unit_price=line.unit_price,
            multiplier=line.multiplier if line.multiplier != ONE else None,
            discount_percent=line.discount_percent or None,
            times=line.times,
            amount=line.amount,
            total=line.total,
            chosen=line.chosen,
        )
        for number, line in enumerate(lines, 1)
    )
