"""Response schemas of the invoice preview.

Field names and number formats are those of docs/specification/pricing.md 6.
"""

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from api.http.envelopes import is_none
from api.http.number_formats import Factor, Hours, Limit, Money, Quantity
from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.invoice.content.basis import ClientType, CloudSource, OrderSource, QuoteSource, ServiceBasis
from models.invoice.content.content import Content, prefill_digest
from models.invoice.content.lines import Line, LineType
from models.invoice.content.printing import printing_warnings
from models.issuer.issuer import Party
from models.issuer.service_code import ServiceCode
from models.values.money import Currency


class Source(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"
    CLOUD = "cloud"


class LineView(BaseModel):
    id: str
    line_type: LineType
    description: str
    jira_key: str | None = Field(default=None, exclude_if=is_none, description="only on task lines")
    time_seconds: int
    billable_seconds: int
    unit_price: Money
    quantity: Quantity
    line_total: Money
    rate_tier: Tier
    rate_multiplier: Factor
    source: Source
    is_auto_generated: bool
    sort_order: int
    billed: bool = Field(description="a line that is not billed is shown for information and not summed")
    worked_on: tuple[date, ...]
    rule: str = Field(description="the pricing rule that made the line, or `manual`")
    service_code: ServiceCode | None = Field(
        default=None, exclude_if=is_none, description="in Didox; only on lines with a code of their own"
    )
    order: OrderSource | None = Field(
        default=None, exclude_if=is_none, description="the order of a partner that the line bills"
    )
    cloud: CloudSource | None = Field(
        default=None, exclude_if=is_none, description="the cost of a vendor's bill that the line resells"
    )
    quote: QuoteSource | None = Field(
        default=None, exclude_if=is_none, description="the entry of a quote's schedule that the line invoices"
    )

    @classmethod
    def of(cls, line: Line, position: int) -> "LineView":
        return cls(
            **line.model_dump(exclude={"source", "is_manual"}),
            **line.work.model_dump(exclude={"kind", "worklogs"}),
            order=line.source if isinstance(line.source, OrderSource) else None,
            cloud=line.source if isinstance(line.source, CloudSource) else None,
            quote=line.source if isinstance(line.source, QuoteSource) else None,
            source=_source(line),
            is_auto_generated=not line.is_manual,
            sort_order=position,
        )


def _source(line: Line) -> Source:
    if line.is_manual:
        return Source.MANUAL
    return Source.CLOUD if line.line_type is LineType.CLOUD else Source.AUTO


class CustomerView(BaseModel):
    company_name: str
    tin: str
    company_type: str
    address: str
    account_number: str
    bank_name: str
    mfo: str
    swift_bic: str
    signer_full_name: str
    country: str

    @classmethod
    def of(cls, party: Party) -> "CustomerView":
        fields = party.model_dump(exclude={"name", "signer"})
        return cls(**fields, company_name=party.name, signer_full_name=party.signer)


class ApplicationView(BaseModel):
    application_name: str
    deal_type: DealType
    monthly_limit: Limit = Field(description="hours inside the monthly base")
    agreement_number: str | None
    agreement_date: date | None


class QuoteReferenceView(BaseModel):
    """The accepted quote whose prices or scheduled amounts an invoice has."""

    id: str
    number: str
    version: int
    lines: dict[str, str] = Field(description="id of a line of the invoice -> id of the line of the quote")

    @classmethod
    def of(cls, content: Content) -> "QuoteReferenceView | None":
        """Return the quote of the prices, else that of the first scheduled amount; None if there is neither."""
        found = content.basis.quote if isinstance(content.basis, ServiceBasis) else None
        if found:
            return cls(id=found.quote_id, **found.model_dump(exclude={"quote_id"}))
        scheduled = {line.id: line.source for line in content.lines if isinstance(line.source, QuoteSource)}
        first = next(iter(scheduled.values()), None)
        if first is None:
            return None
        lines = {line: each.quote_line_id for line, each in scheduled.items() if each.quote_id == first.quote_id}
        return cls(id=first.quote_id, number=first.quote_number, version=first.quote_version, lines=lines)


class ContentView(BaseModel):
    """What an invoice shares with its preview, whatever it is made from."""

    quote: QuoteReferenceView | None = Field(
        default=None, exclude_if=is_none, description="the accepted quote whose prices it has"
    )

    customer_key: str
    period_start: date
    period_end: date
    currency: Currency
    base_amount: Money
    overtime_hours: Hours
    overtime_amount: Money
    total_amount: Money
    total_hours: Hours
    is_overtime: bool
    line_items: list[LineView]
    customer: CustomerView
    net_amount: Money
    tax_amount: Money
    warnings: tuple[str, ...]


class PrefillView(ContentView):
    """The preview of an invoice; it is not stored."""

    application_key: str
    deal_type: DealType
    application: ApplicationView
    client_type: ClientType
    suggested_base_amount: Money | None = Field(description="the base of a period without worklogs; it is not charged")
    prefill_digest: str = Field(
        description="of the computed draft; `generate` with it is refused once the contract's data makes another one"
    )

    @classmethod
    def of(cls, content: Content) -> "PrefillView":
        return cls.edited(content, prefill_digest(content))

    @classmethod
    def edited(cls, content: Content, digest: str) -> "PrefillView":
        """Return the preview of an edited draft; `digest` is that of the computed draft before the edit."""
        return cls(**content_fields(content), **contract_fields(content.service), prefill_digest=digest)


def content_fields(content: Content) -> dict[str, Any]:
    """Return the fields of `ContentView`."""
    return {
        "quote": QuoteReferenceView.of(content),
        "customer_key": content.customer_key,
        "period_start": content.period.start,
        "period_end": content.period.end,
        "currency": content.currency,
        **content.totals.model_dump(),
        "is_overtime": content.totals.is_overtime,
        "line_items": [LineView.of(line, n) for n, line in enumerate(content.lines)],
        "customer": CustomerView.of(content.customer),
        "warnings": (*content.warnings, *printing_warnings(content)),
    }


def contract_fields(service: ServiceBasis) -> dict[str, Any]:
    """Return the fields that only the invoice of a contract has."""
    return {
        "application_key": service.application_key,
        "deal_type": service.deal_type,
        "client_type": service.client_type,
        "application": ApplicationView(
            application_name=service.application_name,
            deal_type=service.deal_type,
            monthly_limit=service.rate_rule.monthly_limit_hours,
            agreement_number=service.agreement_number,
            agreement_date=service.agreement_date,
        ),
        "suggested_base_amount": service.suggested_base_amount,
    }
