"""Partners and their groups: who receives the invoices of completed orders, and by which rules.

A draft copies the partner when it is made, so that a later change of the settings changes no document
(docs/specification/partners.md 1).
"""

from datetime import date
from enum import StrEnum

from pydantic import Field

from models.issuer.issuer import Issuer, TaxRate
from models.partners.order_type import OrderType
from models.values.base_models import Frozen
from models.values.money import Currency
from models.values.reminder_days import USUAL_REMINDERS

PARTNER_ZONE = "Asia/Kuala_Lumpur"


class InvoiceFormat(StrEnum):
    """Whether each order has an invoice of its own, or several orders share one."""

    SINGLE_JOB = "single_job"
    BATCH = "batch"


class Language(StrEnum):
    """The language of a partner's documents."""

    ENGLISH = "en"


class PartnerGroup(Frozen):
    """Partners that share rates, such as Celcom and Digi."""

    key: str
    name: str


class Contact(Frozen):
    """A person at the partner."""

    name: str
    email: str
    phone: str = ""


class DocumentTexts(Frozen):
    """The texts that the partner's documents print; an empty text prints nothing."""

    payment_instructions: str = ""
    terms: str = ""
    footer_note: str = ""


class Partner(Frozen):
    """A company that gives field orders and is invoiced for them."""

    key: str
    name: str
    group: str | None = Field(default=None, description="the key of its group")
    billing_address: str = ""
    contacts: tuple[Contact, ...] = ()
    portal_url: str = ""
    payment_days: int = Field(default=45, ge=0, le=365)
    reminder_days: tuple[int, ...] = Field(default=USUAL_REMINDERS, description="days after the due date")
    order_types: tuple[OrderType, ...] = Field(min_length=1, description="the types of orders that it gives")
    requires_ttkt: bool = Field(default=True, description="an assurance order needs its ticket, such as TTKT202603001")
    requires_awo: bool = Field(default=True, description="an assurance order needs its AWO")
    invoice_format: InvoiceFormat = InvoiceFormat.SINGLE_JOB
    series: str = Field(description="the number series of its invoices")
    needs_review: bool = Field(default=True, description="a manager approves each invoice")
    needs_submission_id: bool = Field(default=False, description="an upload is marked with the id of the portal")
    standby_port_needs_approval: bool = True
    splitter_needed_at_docket: bool = True
    language: Language = Language.ENGLISH
    zone: str = Field(default=PARTNER_ZONE, description="in which the days of its orders and uploads begin and end")
    currency: Currency = Currency.MYR
    tax_registration: str = Field(default="", description="the partner's own number, which documents print")
    tax_code: str | None = Field(default=None, description="of the issuer's tax table; None: no tax")
    document_texts: DocumentTexts = DocumentTexts()
    recognise_revenue_in_planfact: bool = False

    def supports(self, order_type: OrderType) -> bool:
        """Return whether the partner gives orders of this type."""
        return order_type in self.order_types

    @property
    def in_batches(self) -> bool:
        """Return whether several orders share an invoice."""
        return self.invoice_format is InvoiceFormat.BATCH


def tax_of_code(issuer: Issuer, code: str | None, on: date) -> TaxRate | None:
    """Return the issuer's tax with this code on the day of supply; None without a code, or if it does not apply then.

    See docs/specification/partners.md 2.6.
    """
    if code is None:
        return None
    return next((tax for tax in issuer.taxes if tax.code == code and tax.covers(on)), None)
