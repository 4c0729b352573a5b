"""Answers about quotes. They hold prices only; no cost reaches a quote (docs/specification/quotes.md 1.5)."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, Field

from activities.archive.addresses import ArchiveAddresses
from api.http.number_formats import Money
from api.invoice.schemas import ArchivedView
from api.quotes.content_schemas import QuoteContentView, View
from models.access.roles import DRAFTING, Role
from models.invoice.effects import EffectState
from models.quotes.quote.effects import QuoteEffect, QuoteEffectName
from models.quotes.quote.links import PATH, LinkGrant, token_of
from models.quotes.quote.preconditions import allowed_for
from models.quotes.quote.quote import Acceptance, Link, Quote, Version
from models.quotes.quote.status import QuoteCommandName, QuoteStatus
from models.values.money import Currency
from settings import QuoteSettings


class QuoteSummary(View):
    """A quote as the list shows it."""

    id: str
    number: str | None = Field(description="null until it is sent for the first time")
    status: QuoteStatus
    version: int
    title: str
    customer_name: str
    customer_key: str | None
    application_key: str | None
    currency: Currency
    net_amount: Money
    total_amount: Money
    issued_on: date
    valid_until: date
    sent_at: datetime | None
    answered_at: datetime | None = Field(description="accepted, declined or expired")
    converted: bool = Field(description="a contract has its terms")
    blocked: bool = Field(description="an effect waits for a person")
    created_by: str
    created_at: datetime
    updated_at: datetime
    revision: int


class QuotePage(BaseModel):
    data: list[QuoteSummary]
    next_cursor: str | None = Field(description="null on the last page")


class QuoteSum(BaseModel):
    """The quotes of one status in one currency."""

    status: QuoteStatus
    currency: Currency
    quotes: int
    net_amount: Money
    total_amount: Money


class StampView(View):
    by: str
    at: datetime
    reason: str | None


class QuoteVersionView(BaseModel):
    version: int
    sent: StampView
    by_mail: bool
    valid_until: date
    total_amount: Money
    digest: str
    document_sha256: str
    pages: int
    archived: ArchivedView | None
    superseded_at: datetime | None
    pdf_url: str

    @classmethod
    def of(cls, quote_id: str, version: Version, archive: ArchiveAddresses) -> Self:
        same = ("version", "by_mail", "valid_until", "total_amount", "digest", "superseded_at")
        return cls(
            **{name: getattr(version, name) for name in same},
            sent=StampView.model_validate(version.sent),
            document_sha256=version.document.sha256,
            pages=version.document.pages,
            archived=ArchivedView.of(version.archived, archive) if version.archived else None,
            pdf_url=f"/api/v1/quotes/{quote_id}/versions/{version.version}/pdf",
        )


class LinkView(BaseModel):
    """A link of the client. Its address is shown to those who may draft, because whoever has it may answer."""

    number: int
    version: int
    created: StampView
    expires_at: datetime
    revoked: StampView | None
    opened_at: datetime | None
    last_opened_at: datetime | None
    openings: int
    url: str | None = Field(description="null for a viewer, for a revoked link, and while links are switched off")

    @classmethod
    def of(cls, quote_id: str, link: Link, settings: QuoteSettings, role: Role) -> Self:
        same = ("number", "version", "expires_at", "opened_at", "last_opened_at", "openings")
        return cls(
            **{name: getattr(link, name) for name in same},
            created=StampView.model_validate(link.created),
            revoked=StampView.model_validate(link.revoked) if link.revoked else None,
            url=link_url(quote_id, link, settings) if role.includes(DRAFTING) and link.revoked is None else None,
        )


def link_url(quote_id: str, link: Link, settings: QuoteSettings) -> str | None:
    """Return the address of a link; None while links are switched off."""
    if settings.secret is None or settings.public_url is None:
        return None
    grant = LinkGrant(quote_id=quote_id, number=link.number, expires_at=link.expires_at)
    return f"{settings.public_url.rstrip('/')}{PATH}{token_of(settings.secret, grant)}"


class AcceptanceView(View):
    version: int
    digest: str
    at: datetime
    accepted_by: str
    position: str
    order_number: str | None
    options: list[str]
    link: int | None = Field(description="the link by which it came; null: a person recorded it")
    recorded_by: str | None
    total_amount: Money


class QuoteEffectView(BaseModel):
    key: str
    name: QuoteEffectName
    state: EffectState
    version: int
    owed_at: datetime
    attempts: int
    vendor_id: str | None
    receipt: dict[str, str]
    error: str | None
    needs_a_person: bool

    @classmethod
    def of(cls, effect: QuoteEffect) -> Self:
        same = ("key", "name", "state", "version", "owed_at", "attempts", "vendor_id", "receipt", "error")
        return cls(**{name: getattr(effect, name) for name in same}, needs_a_person=effect.is_blocked)


class ScheduledPartView(View):
    line_id: str
    description: str
    amount: Money


class ScheduledAmountView(View):
    id: str
    name: str
    due_on: date
    amount: Money
    parts: list[ScheduledPartView]


class ConversionView(BaseModel):
    """The terms of a contract that the quote has become."""

    application_key: str
    by: str
    at: datetime
    written: bool
    valid_from: date | None = Field(description="of the prices; null if it became a schedule only")
    valid_to: date | None
    base_amount: Money | None
    schedule: list[ScheduledAmountView]


class NoteView(View):
    at: datetime
    text: str


class QuoteView(BaseModel):
    """One quote, with what the caller may do."""

    id: str
    workflow_id: str
    number: str | None
    status: QuoteStatus
    version: int
    revision: int
    customer_key: str | None
    application_key: str | None
    content: QuoteContentView
    expires_at: datetime = Field(description="the midnight after the last day of the validity, in the issuer's zone")
    created: StampView
    versions: list[QuoteVersionView]
    links: list[LinkView]
    accepted: AcceptanceView | None
    declined: StampView | None
    expired_at: datetime | None
    withdrawn: StampView | None
    conversion: ConversionView | None
    effects: list[QuoteEffectView]
    notes: list[NoteView]
    allowed_commands: list[QuoteCommandName] = Field(description="those that the caller may give now")

    @classmethod
    def seen_by(
        cls, role: Role, quote: Quote, now: datetime, archive: ArchiveAddresses, settings: QuoteSettings
    ) -> Self:
        """Return the quote as a person in this role sees it."""
        content = quote.content
        return cls(
            **{
                name: getattr(quote, name)
                for name in ("id", "workflow_id", "status", "version", "revision", "expired_at")
            },
            number=quote.display_number,
            customer_key=content.customer_key,
            application_key=content.application_key,
            content=QuoteContentView.of(content),
            expires_at=content.expires_at,
            created=StampView.model_validate(quote.created),
            versions=[QuoteVersionView.of(quote.id, each, archive) for each in quote.versions],
            links=[LinkView.of(quote.id, each, settings, role) for each in quote.links],
            accepted=_acceptance(quote.accepted),
            declined=StampView.model_validate(quote.declined) if quote.declined else None,
            withdrawn=StampView.model_validate(quote.withdrawn) if quote.withdrawn else None,
            conversion=_conversion(quote),
            effects=[QuoteEffectView.of(each) for each in quote.effects],
            notes=[NoteView.model_validate(each) for each in quote.notes],
            allowed_commands=list(allowed_for(quote, role, now)),
        )


def _acceptance(accepted: Acceptance | None) -> AcceptanceView | None:
    return AcceptanceView.model_validate(accepted) if accepted else None


def _conversion(quote: Quote) -> ConversionView | None:
    found = quote.conversion
    if found is None:
        return None
    prices = found.prices
    return ConversionView(
        application_key=found.application_key,
        by=found.stamp.by,
        at=found.stamp.at,
        written=found.written,
        valid_from=prices.valid_from if prices else None,
        valid_to=prices.valid_to if prices else None,
        base_amount=prices.base_amount if prices else None,
        schedule=[ScheduledAmountView.model_validate(each) for each in found.schedule],
    )


def summary_of(row: Mapping[Any, Any]) -> QuoteSummary:
    """Return the quote of a row of the list."""
    return QuoteSummary.model_validate(dict(row))


def sum_of(row: Mapping[Any, Any]) -> QuoteSum:
    """Return the sum of a row."""
    return QuoteSum.model_validate({**row, "net_amount": Decimal(row["net_amount"])})
