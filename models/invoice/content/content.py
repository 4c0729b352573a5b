"""What an invoice says: parties, period, lines, totals, texts. Editable in a draft, frozen at finalise."""

import hashlib
from datetime import date
from typing import Any, Self

from pydantic import Field, GetCoreSchemaHandler, TypeAdapter
from pydantic_core import CoreSchema

from models.invoice.content.basis import Basis, ServiceBasis
from models.invoice.content.flat_shape import content_from_flat, flat_content, or_flat
from models.invoice.content.lines import Line
from models.invoice.content.totals import Totals
from models.invoice.errors import NotAServiceInvoice
from models.issuer.issuer import Issuer, Party, TaxRate
from models.values.base_models import Frozen
from models.values.document_options import Channel, Toggles
from models.values.money import Currency
from models.values.period import Period, due_date

# Raise it when the same content would print another document: it is part of the digest that a reviewer approves.
TEMPLATE_VERSION = 1
# Where a document's lines came from and who may approve it is not printed, and is no part of its digest.
_NOT_PRINTED: Any = {
    "basis": {"worklogs": True, "hours_follow_lines": True},
    "dropped": True,
    "issuer": {"review": True},
}
_JSON = TypeAdapter(dict[str, Any])


class Content(Frozen):
    """What every invoice says. What only one kind of invoice has is in its `basis`."""

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
    html_override: str | None = None
    warnings: tuple[str, ...] = ()
    dropped: tuple[str, ...] = Field(default=(), description="identities of computed lines that a person removed")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return or_flat(handler(source), content_from_flat)

    @property
    def service(self) -> ServiceBasis:
        """The contract's side of a service invoice. Raises NotAServiceInvoice for any other."""
        if isinstance(self.basis, ServiceBasis):
            return self.basis
        raise NotAServiceInvoice(self.basis.kind)

    def with_service(self, **changes: Any) -> Self:
        """The content with other values in its ServiceBasis. Raises NotAServiceInvoice."""
        return self.model_copy(update={"basis": self.service.model_copy(update=changes)}) if changes else self

    @property
    def subject_key(self) -> str:
        """The key of what is invoiced: the contract's, or the partner's."""
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
        """`due` is the day that the invoice was issued with; before there is one, invoice date + terms.

        See docs/specification/lifecycle.md 9.1.
        """
        return due or due_date(self.invoice_date, self.payment_days)


def digest(content: Content, display_number: str) -> str:
    """SHA-256 of all that the document is made of; approval is bound to it. Pydantic keeps the fields' order."""
    printed = content.model_dump(mode="json", exclude=_NOT_PRINTED)
    if isinstance(content.basis, ServiceBasis):
        printed = flat_content(printed)
    text = f"{TEMPLATE_VERSION}\n{display_number}\n{_JSON.dump_json(printed).decode()}"
    return hashlib.sha256(text.encode()).hexdigest()
