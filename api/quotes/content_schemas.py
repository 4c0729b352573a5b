"""What a version of a quote says, as the API answers it. It holds prices only."""

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from api.http.number_formats import Factor, Hours, Money, Quantity
from models.contracts.contract import DealType
from models.issuer.issuer import Party
from models.quotes.content.content import QuoteContent, QuoteTotals
from models.quotes.content.deal import QuotedDeal
from models.quotes.content.discount import explained_discount
from models.quotes.content.lines import QuoteLine, QuoteLineSource
from models.values.money import Currency


class View(BaseModel):
    """The base of answers that are read from the attributes of a model."""

    model_config = ConfigDict(from_attributes=True)


class PartyView(View):
    name: str
    company_type: str
    address: str
    tin: str
    country: str
    signer: str


class QuoteLineView(View):
    id: str
    description: str
    details: str
    quantity: Quantity
    unit: str
    unit_price: Money
    multiplier: Factor
    discount_percent: Hours
    times: int
    optional: bool
    chosen: bool
    amount: Money = Field(description="what it costs once")
    total: Money = Field(description="amount × times")
    list_total: Money = Field(description="without the discount")
    counts: bool = Field(description="false: an option that nobody has chosen")
    source: QuoteLineSource | None = Field(description="null: typed by a person")


class QuoteTotalsView(View):
    list_amount: Money
    discount: Money = Field(description="of single lines")
    quote_discount: Money = Field(description="of the whole quote")
    net_amount: Money
    tax_amount: Money
    total_amount: Money
    optional_amount: Money


class DiscountShareView(View):
    line_id: str
    share: Money
    charged: Money = Field(description="what remains of the line, and what is invoiced of it")


class QuoteDiscountView(View):
    """The discount of the whole quote, and how it is computed."""

    label: str
    percent: Hours | None = Field(description="null: an amount was agreed")
    base: Money = Field(description="the sum of the lines that carry it: those with a fixed price that count")
    amount: Money = Field(description="what it takes off")
    formula: str
    shares: list[DiscountShareView]


class TaxView(BaseModel):
    code: str
    percent: Hours
    included: bool


class DealView(BaseModel):
    """The prices that the contract gets, and the hours of a month that were expected."""

    calculation_id: str
    scenario: str
    deal_type: DealType
    term_months: int
    base_amount: Money
    hourly_rate: Money
    monthly_limit_hours: Hours
    overtime_multiplier: Factor
    p1_p3_multiplier: Factor
    off_hours_multiplier: Factor
    p1_p3_off_hours_multiplier: Factor
    hours: dict[str, Hours]

    @classmethod
    def of(cls, deal: QuotedDeal) -> Self:
        prices = deal.prices.model_dump(exclude={"bill_base_when_empty"})
        named = deal.model_dump(include={"calculation_id", "scenario", "deal_type", "term_months"})
        return cls(**named, **prices, hours=deal.hours.model_dump())


class QuoteContentView(BaseModel):
    """What a version says."""

    title: str
    customer: PartyView
    contact: str
    language: str
    introduction: str
    terms: str
    currency: Currency
    issued_on: date
    valid_until: date
    payment_days: int
    tax: TaxView | None
    lines: list[QuoteLineView]
    discount: QuoteDiscountView | None = Field(description="of the whole quote")
    totals: QuoteTotalsView
    deal: DealView | None
    recipients: list[str]
    cc: list[str]
    bcc: list[str]
    reminder_days: list[int]

    @classmethod
    def of(cls, content: QuoteContent) -> Self:
        tax = content.tax
        same = ("title", "contact", "language", "introduction", "terms", "currency", "issued_on", "valid_until")
        return cls(
            **{name: getattr(content, name) for name in (*same, "payment_days")},
            customer=_party(content.customer),
            tax=TaxView(code=tax.code, percent=tax.rate * 100, included=tax.included) if tax else None,
            lines=[_line(each) for each in content.lines],
            discount=_discount(content),
            totals=_totals(content.totals),
            deal=DealView.of(content.deal) if content.deal else None,
            recipients=list(content.recipients),
            cc=list(content.cc),
            bcc=list(content.bcc),
            reminder_days=list(content.reminder_days),
        )


def _party(party: Party) -> PartyView:
    return PartyView.model_validate(party)


def _line(line: QuoteLine) -> QuoteLineView:
    return QuoteLineView.model_validate(line)


def _discount(content: QuoteContent) -> QuoteDiscountView | None:
    if content.discount is None:
        return None
    found = explained_discount(content.lines, content.discount, content.currency)
    return QuoteDiscountView.model_validate(found)


def _totals(totals: QuoteTotals) -> QuoteTotalsView:
    return QuoteTotalsView.model_validate(totals)
