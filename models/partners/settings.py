"""The settings of partners and of their groups (docs/specification/partners.md 1.1).

The texts stand beside the other fields, so that a partner is one row of a CSV file; a draft gets them as one value.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from models.partners.order_type import OrderType, OrderTypeInput
from models.partners.partner import PARTNER_ZONE, DocumentTexts, InvoiceFormat, Language, Partner, PartnerGroup
from models.partners.priced_work import PartnerKey
from models.settings.area import Zone
from models.values.base_models import Strict
from models.values.email_address import EmailAddress
from models.values.money import Currency
from models.values.reminder_days import USUAL_REMINDERS, ReminderDays
from models.values.typed_values import Flag, Whole

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
ContactName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f<>;]+$")]
Phone = Annotated[str, StringConstraints(max_length=30, pattern=r"^[0-9+() .-]*$")]
PortalUrl = Annotated[str, StringConstraints(max_length=500, pattern=r"^(https?://[^\s\x00-\x1f\x7f]+)?$")]
DocumentText = Annotated[str, StringConstraints(max_length=2000)]


def _persons(value: object) -> object:
    if isinstance(value, str):
        raise ValueError("must be a list of persons; in a CSV file: Name <address> telephone; Name <address>")
    return value


def _each_once(types: tuple[OrderType, ...]) -> tuple[OrderType, ...]:
    return tuple(each for each in OrderType if each in types)


class PartnerGroupInput(Strict):
    """A group of partners, which may have rates of its own."""

    name: Name

    def group(self, key: str) -> PartnerGroup:
        """Return the group as drafts copy it."""
        return PartnerGroup(key=key, name=self.name)


class ContactInput(Strict):
    """A person at the partner; the fields are those of models.partners.partner.Contact."""

    name: ContactName
    email: EmailAddress
    phone: Phone = ""


class PartnerInput(Strict):
    """How a partner is invoiced."""

    name: Name
    group: PartnerKey | None = Field(default=None, description="the key of its group")
    billing_address: str = Field(default="", max_length=500)
    contacts: Annotated[tuple[ContactInput, ...], Field(max_length=20), BeforeValidator(_persons)] = ()
    portal_url: PortalUrl = Field(default="", description="where its invoices are uploaded")
    payment_days: Whole = Field(default=45, ge=0, le=365, description="from the day of the upload")
    reminder_days: ReminderDays = USUAL_REMINDERS
    order_types: Annotated[
        tuple[OrderTypeInput, ...], Field(min_length=1, max_length=len(OrderType)), AfterValidator(_each_once)
    ] = Field(description="the types of orders that it gives")
    requires_ttkt: Flag = Field(default=True, description="an assurance order needs its ticket (TTKT)")
    requires_awo: Flag = Field(default=True, description="an assurance order needs its AWO")
    invoice_format: InvoiceFormat = InvoiceFormat.SINGLE_JOB
    series: str = Field(min_length=1, max_length=50, description="the number series of its invoices")
    needs_review: Flag = Field(default=True, description="a manager approves each invoice")
    needs_submission_id: Flag = Field(default=False, description="an upload is marked with the id that the portal gave")
    standby_port_needs_approval: Flag = Field(default=True, description="port 32 of a 1:32 splitter")
    splitter_needed_at_docket: Flag = Field(default=True, description="a docket is received with splitter and port")
    language: Language = Field(default=Language.ENGLISH, description="of its documents")
    zone: Zone = Field(default=PARTNER_ZONE, description="in which the days of orders and uploads begin and end")
    currency: Currency = Currency.MYR
    tax_registration: str = Field(default="", max_length=50, description="the partner's number, which documents print")
    tax_code: str | None = Field(
        default=None, min_length=1, max_length=30, description="of the issuer's tax table; null: no tax"
    )
    payment_instructions: DocumentText = Field(default="", description="printed below the lines")
    terms: DocumentText = Field(default="", description="printed below the lines")
    footer_note: DocumentText = Field(default="", description="printed at the end")
    recognise_revenue_in_planfact: Flag = False

    def partner(self, key: str) -> Partner:
        """Return the partner as drafts copy it."""
        fields = self.model_dump()
        texts = {name: fields.pop(name) for name in DocumentTexts.model_fields}
        return Partner.model_validate({"key": key, "document_texts": texts, **fields})

    @classmethod
    def of(cls, partner: Partner) -> Self:
        """Return the setting that drafts copy as this partner."""
        fields = partner.model_dump(exclude={"key", "document_texts"})
        return cls.model_validate(fields | partner.document_texts.model_dump())
