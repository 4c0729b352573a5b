"""The content of an invoice: parties, period, lines, totals and texts. A draft's is editable; finalize freezes it."""

import hashlib
from datetime import date
from typing import Any, Self

from pydantic import Field, TypeAdapter, model_validator

from models.contracts.tax import TaxTreatment
from models.invoice.content.basis import Basis, ServiceBasis
from models.invoice.content.flat_shape import content_from_flat, flat_content
from models.invoice.content.lines import Line
from models.invoice.content.quoted import named_quotes, quoted_lines
from models.invoice.content.totals import Totals
from models.invoice.errors import NotAServiceInvoice
from models.issuer.issuer import Issuer, Party, TaxRate
from models.issuer.service_code import ServiceCode
from models.values.base_models import Frozen
from models.values.document_options import Channel, Toggles
from models.values.money import Currency
from models.values.period import Period, due_date

# Increase it when a template changes the document of the same content: it is part of the digest that is approved.
TEMPLATE_VERSION = 1
# The sources of the lines, the approval policy and the deadlines are not printed, so they are not part of the digest.
_NOT_PRINTED: Any = {
    "basis": {
        "worklogs": True,
        "hours_follow_lines": True,
        "overlaps": True,
        "outside_contract": True,
        "quote": True,
        "names_quote": True,
    },
    "dropped": True,
    "issuer": {"review": True, "deadlines": True},
}
_JSON = TypeAdapter(dict[str, Any])


class Content(Frozen):
    """The fields that every invoice has. Fields of only one kind of invoice are in its `basis`."""

    basis: Basis
    currency: Currency
    invoice_date: date
    payment_days: int
    issuer: Issuer
    customer: Party
    recipients: tuple[str, ...] = ()
    channel: Channel
    series: str
    reminder_days: tuple[int, ...] = ()
    tax: TaxRate | None = None
    lines: tuple[Line, ...]
    totals: Totals
    toggles: Toggles = Toggles()
    legal_text: str = ""
    # Left out of the JSON by default, so that contents frozen before these fields existed keep their digests.
    tax_treatment: TaxTreatment = Field(
        default=TaxTreatment.STANDARD, exclude_if=lambda treatment: treatment is TaxTreatment.STANDARD
    )
    tax_note: str = Field(
        default="", exclude_if=lambda note: not note, description="the legal text of an exemption or a reverse charge"
    )
    html_override: str | None = None
    warnings: tuple[str, ...] = ()
    cc: tuple[str, ...] = Field(default=(), exclude_if=lambda addresses: not addresses)
    bcc: tuple[str, ...] = Field(default=(), exclude_if=lambda addresses: not addresses)
    service_code: ServiceCode | None = Field(
        default=None, exclude_if=lambda code: code is None, description="of lines without one; None: the issuer's"
    )
    dropped: tuple[str, ...] = Field(default=(), description="identities of computed lines that a person removed")

    @model_validator(mode="before")
    @classmethod
    def _read_flat(cls, value: Any) -> Any:
        return content_from_flat(value)

    @property
    def service(self) -> ServiceBasis:
        """The basis of a service invoice. Raises NotAServiceInvoice for other kinds."""
        if isinstance(self.basis, ServiceBasis):
            return self.basis
        raise NotAServiceInvoice(self.basis.kind)

    def with_service(self, **changes: Any) -> Self:
        """Return the content with these values in its ServiceBasis. Raises NotAServiceInvoice."""
        return self.model_copy(update={"basis": self.service.model_copy(update=changes)}) if changes else self

    @property
    def subject_key(self) -> str:
        """The key of the contract or of the partner."""
        return self.basis.subject_key

    @property
    def customer_key(self) -> str:
        return self.basis.customer_key

    @property
    def period(self) -> Period:
        return self.basis.period

    @property
    def language(self) -> str:
        return self.basis.language

    def payable_by(self, due: date | None) -> date:
        """Return the due date of the issued invoice; if it has none yet, the invoice date plus the payment days.

        See docs/specification/lifecycle.md 9.1.
        """
        return due or due_date(self.invoice_date, self.payment_days)


def digest(content: Content, display_number: str) -> str:
    """Return the SHA-256 of everything that the document is made from. An approval names it.

    See docs/specification/lifecycle.md 6.1. Pydantic writes the fields in their order of declaration, so their order
    is part of the digest.
    """
    text = f"{TEMPLATE_VERSION}\n{display_number}\n{_printed(content)}"
    return hashlib.sha256(text.encode()).hexdigest()


def prefill_digest(content: Content) -> str:
    """Return a digest of a computed draft, whatever the day of the computation: what a person saw before an edit."""
    return hashlib.sha256(_printed(content.model_copy(update={"invoice_date": date.min})).encode()).hexdigest()


def _named_quotes(content: Content) -> dict[str, Any]:
    """Return what the page says of quotes."""
    quotes, lines = named_quotes(content.basis, content.lines), quoted_lines(content.basis, content.lines)
    return {
        "named": [[each.number, each.version] for each in quotes],
        "lines": {name: [each.quote.number, each.place and each.place.model_dump()] for name, each in lines.items()},
    }


def _printed(content: Content) -> str:
    printed = content.model_dump(mode="json", exclude=_NOT_PRINTED)
    if isinstance(content.basis, ServiceBasis):
        printed = flat_content(printed)
        if content.basis.names_quote:
            printed["quotes"] = _named_quotes(content)
    return _JSON.dump_json(printed).decode()
