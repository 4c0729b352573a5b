"""Request bodies of quotes. An unknown field is refused with the list of the known ones."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from api.http.parameters import Key
from models.invoice.command_fields import EffectId, ExpectedRevision, Reason
from models.quotes.content.discount import QuoteDiscount
from models.quotes.content.inputs import (
    MOST_LINES,
    Description,
    ExpiryReminders,
    LineId,
    QuoteCustomer,
    QuoteRecipients,
    Text,
    Title,
    TypedLine,
)
from models.quotes.conversion.inputs import DealAs, ScheduleInput
from models.quotes.quote.commands import Language, LinkNumber, PersonName, VersionNumber
from models.values.base_models import Strict
from models.values.money import Currency
from models.values.typed_values import Flag, TypedDay, Whole

USUAL_DAYS = 30
InvoiceLineId = Annotated[str, StringConstraints(min_length=1, max_length=50)]


class TypedLineBody(TypedLine):
    """A line that a person types."""

    kind: Literal["typed"]


class CalculationBody(Strict):
    """The lines of one scenario of a saved calculation, and its prices as the deal of the quote."""

    kind: Literal["calculation"]
    calculation_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    scenario: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="its name; may be left out if the calculation has one scenario"
    )


class InvoiceLinesBody(Strict):
    """The billed lines of an earlier invoice in the same currency."""

    kind: Literal["invoice"]
    invoice_id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]
    line_ids: tuple[InvoiceLineId, ...] = Field(default=(), max_length=500, description="empty: all billed lines")


class KeptLineBody(Strict):
    """A line of the draft that stays, with other words if they are given."""

    kind: Literal["kept"]
    id: LineId
    description: Description | None = None
    details: Annotated[str, StringConstraints(max_length=2000)] | None = None
    optional: Flag | None = None


LineBody = Annotated[TypedLineBody | CalculationBody | InvoiceLinesBody | KeptLineBody, Field(discriminator="kind")]
Lines = Annotated[tuple[LineBody, ...], Field(max_length=MOST_LINES)]


class NewQuote(Strict):
    """A new draft. The customer is that of the contract, or is typed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Migration to the cloud",
                    "customer": {"name": "Acme Corp", "country": "Germany"},
                    "currency": "USD",
                    "lines": [{"kind": "typed", "description": "Design", "unit_price": "1000.00"}],
                    "recipients": ["nodira@example.com"],
                }
            ]
        }
    )

    title: Title
    application_key: Key | None = Field(default=None, description="a contract whose customer gets the offer")
    customer: QuoteCustomer | None = Field(default=None, description="or a customer without a contract")
    contact: Annotated[str, StringConstraints(max_length=200)] = ""
    language: Language = "en"
    currency: Currency
    introduction: Text = ""
    terms: Text = ""
    valid_until: TypedDay | None = Field(default=None, description=f"null: {USUAL_DAYS} days from today")
    payment_days: Whole = Field(default=45, ge=0, le=365)
    taxed: Flag = Field(default=True, description="the issuer's tax of today applies")
    prices_include_tax: Flag = False
    lines: Lines = ()
    discount: QuoteDiscount | None = Field(default=None, description="of the whole quote")
    recipients: QuoteRecipients | None = Field(default=None, description="null: the contacts of the contract")
    cc: QuoteRecipients = ()
    bcc: QuoteRecipients = ()
    reminder_days: ExpiryReminders = (7, 1)


class EditQuoteBody(Strict):
    """Changes the given fields of a draft. `lines` replaces all lines; a line that stays is named as `kept`."""

    expected_revision: ExpectedRevision
    customer: QuoteCustomer | None = None
    application_key: Key | None = None
    contact: Annotated[str, StringConstraints(max_length=200)] | None = None
    language: Language | None = None
    title: Title | None = None
    introduction: Text | None = None
    terms: Text | None = None
    valid_until: TypedDay | None = None
    payment_days: Whole | None = Field(default=None, ge=0, le=365)
    lines: Lines | None = None
    discount: QuoteDiscount | None = Field(default=None, description="of the whole quote; null: it stays as it is")
    remove_discount: Flag = Field(default=False, description="take the discount of the whole quote away")
    recipients: QuoteRecipients | None = None
    cc: QuoteRecipients | None = None
    bcc: QuoteRecipients | None = None
    reminder_days: ExpiryReminders | None = None


class SendQuoteBody(Strict):
    """Takes the number, freezes this version, makes its PDF and its link, and sends both by e-mail."""

    expected_revision: ExpectedRevision
    by_mail: Flag = Field(default=True, description="false: only make the document and the link")


class ReviseQuoteBody(Strict):
    """Begins a new version."""

    reason: Reason | None = None


class AcceptQuoteBody(Strict):
    """Records an acceptance that came otherwise than by the link, e.g. a signed PDF."""

    version: VersionNumber
    accepted_by: PersonName = Field(description="the name of the person who accepts for the client")
    position: PersonName = Field(description="what they are at the client, e.g. director")
    order_number: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    options: Annotated[tuple[LineId, ...], Field(max_length=MOST_LINES)] = Field(
        default=(), description="the ids of the optional lines that the client takes"
    )


class DeclineQuoteBody(Strict):
    """Records that the client declined, with the reason."""

    version: VersionNumber
    reason: Reason
    declined_by: PersonName | None = None


class WithdrawQuoteBody(Strict):
    """Withdraws the quote for good."""

    reason: Reason


class RenewLinkBody(Strict):
    """Makes a new link."""


class RevokeLinkBody(Strict):
    """Revokes a link."""

    link: LinkNumber
    reason: Reason | None = None


class ConvertQuoteBody(Strict):
    """Makes terms of a contract from an accepted quote."""

    application_key: Key = Field(description="the contract, as ClickHouse has it")
    valid_from: TypedDay = Field(description="the first day of the term")
    deal_as: DealAs = Field(
        default=DealAs.PRICES, description="prices: a rate rule of the contract; schedule: fixed amounts by date"
    )
    schedule: ScheduleInput | None = Field(
        default=None, description="null: each fixed line is invoiced once, or each month of its term"
    )
    replaces_base: Flag = Field(
        default=True,
        description="of a quote without prices: the contract's own fixed price is not charged in the months of the "
        "schedule",
    )


class RetryQuoteEffectBody(Strict):
    """Executes a failed effect again."""

    effect_id: EffectId


class ResolveQuoteEffectBody(Strict):
    """Records the outcome of a failed or unknown effect, as a person found it."""

    effect_id: EffectId
    outcome: Literal["done", "skipped"]
    note: Reason
