"""The basis of an invoice and the sources of its lines: work or cloud costs of a contract in a period, or orders.

`ServiceBasis` and `PartnerBasis` have the same properties, so that code that needs only those works with both.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from models.contracts.contract import DealType
from models.contracts.quoted_terms import QuotePlace, quote_claim
from models.contracts.rate_rule import RateRule, Tier
from models.invoice.status import Kind
from models.values.base_models import Frozen
from models.values.currencies import Currency
from models.values.period import Period


class ClientType(StrEnum):
    LOCAL = "local"
    INTERNATIONAL = "international"


class Overlap(Frozen):
    """Days of the period that another live invoice of the contract bills, as they were when the draft was computed."""

    invoice_id: str
    invoice: str = Field(description="its number and status, or its period while it has no number")
    days: Period


class QuoteReference(Frozen):
    """The accepted quote whose prices an invoice has; `lines` maps ids of invoice lines to those of the quote."""

    quote_id: str
    number: str
    version: int
    lines: dict[str, str] = {}
    places: dict[str, QuotePlace] = Field(
        default={}, exclude_if=lambda places: not places, description="printed numbers by the id of the quote's line"
    )


class ServiceBasis(Frozen):
    """The basis of a service invoice: a contract, a period, and the worklogs that the lines were computed from."""

    kind: Literal[Kind.SERVICE] = Kind.SERVICE
    application_key: str = Field(description="the contract's key")
    application_name: str = Field(description="the contract's name, as the document prints it")
    customer_key: str
    deal_type: DealType
    client_type: ClientType
    period: Period
    agreement_number: str | None = None
    agreement_date: date | None = None
    rate_rule: RateRule
    suggested_base_amount: Decimal | None = None
    worklogs: dict[str, int] = Field(default={}, description="logged seconds by the id of the worklog")
    overlaps: tuple[Overlap, ...] = ()
    hours_follow_lines: bool = Field(
        default=False, description="total_hours are computed from the lines; False in drafts of older releases"
    )
    outside_contract: str | None = Field(
        default=None, description="why no day of the period lies inside the contract's dates, if none does"
    )
    hours_add_up: bool = Field(
        default=False,
        description="the printed hours add up to their total; False in drafts of older releases, whose pages must stay",
    )
    quote: QuoteReference | None = Field(default=None, exclude_if=lambda quote: quote is None)
    names_quote: bool = Field(
        default=False,
        exclude_if=lambda names: not names,
        description="the page names the quote and its lines; False in drafts of older releases, whose pages must stay",
    )

    @property
    def subject_key(self) -> str:
        return self.application_key

    @property
    def language(self) -> str:
        return "ru" if self.client_type is ClientType.LOCAL else "en"


class PartnerBasis(Frozen):
    """The basis of a partner invoice: completed field orders of one partner."""

    kind: Literal[Kind.PARTNER] = Kind.PARTNER
    partner_key: str
    order_keys: tuple[str, ...] = Field(min_length=1)
    work_type: str = Field(description="of the orders; several are separated by commas")
    period: Period = Field(description="from the first to the last day on which an order was completed")
    partner_name: str = ""
    language: str = "en"
    needs_review: bool = True
    needs_submission_id: bool = False
    portal_url: str = ""
    prepared_by: str = Field(default="", description="who made the draft, as the document names them")
    payment_instructions: str = ""
    terms: str = ""
    footer: str = ""
    recognise_in_planfact: bool = False

    @property
    def subject_key(self) -> str:
        return self.partner_key

    @property
    def customer_key(self) -> str:
        return self.partner_key


Basis = Annotated[ServiceBasis | PartnerBasis, Field(discriminator="kind")]


class WorklogSource(Frozen):
    """The work that a line bills or lists. A line added by hand may name an issue and have no worklogs."""

    kind: Literal["worklogs"] = "worklogs"
    jira_key: str | None = None
    rate_tier: Tier = Tier.STANDARD
    time_seconds: int = 0
    billable_seconds: int = 0
    worked_on: tuple[date, ...] = ()
    worklogs: tuple[str, ...] = ()


class OrderSource(Frozen):
    """The order that a line bills, with what the document prints about it."""

    kind: Literal["order"] = "order"
    order_key: str
    service_id: str
    work_type: str
    order_type: str = ""
    ticket_id: str = ""
    awo_id: str = ""
    building: str = ""
    completed_on: date | None = None
    rate_id: str = Field(default="", description="the row of the rate card that priced the job")


class CloudSource(Frozen):
    """The share of a vendor's bill that a line resells: the cost of one service, allocated to the contract.

    `run` counts the allocations of that version of the bill; the lines of the bill are traced by it.
    """

    kind: Literal["cloud"] = "cloud"
    bill_id: str
    bill_version: int
    run: int
    allocations: tuple[int, ...] = Field(description="the numbers of the bill's allocations")
    provider: str
    provider_invoice_id: str
    service: str
    cost: Decimal = Field(description="the exact cost in the currency of the bill")
    cost_currency: Currency
    exchange_rate: Decimal = Field(default=Decimal(1), description="the cost is multiplied by it")
    exchange_divisor: Decimal = Field(default=Decimal(1), description="and divided by it")
    rate_ids: tuple[str, ...] = Field(
        default=(),
        description="keys of the exchange rates in the settings; two by way of a third currency",
    )
    margin_percent: Decimal = Decimal(0)
    line_count: int

    @property
    def claim(self) -> str:
        return cloud_claim(self.bill_id)


CLOUD_CLAIM = "cloud:"


def cloud_claim(bill_id: str) -> str:
    """Return under which id an invoice claims its contract's share of a vendor's bill, among its worklogs."""
    return f"{CLOUD_CLAIM}{bill_id}"


class QuoteSource(Frozen):
    """The entry of a quote's schedule that a line invoices, and the line of the quote of which it is a part."""

    kind: Literal["quote"] = "quote"
    quote_id: str
    quote_number: str
    quote_version: int
    quote_line_id: str
    entry_id: str
    place: QuotePlace | None = Field(default=None, exclude_if=lambda place: place is None)

    @property
    def claim(self) -> str:
        return quote_claim(self.quote_id, self.entry_id)


LineSource = Annotated[WorklogSource | OrderSource | CloudSource | QuoteSource, Field(discriminator="kind")]
