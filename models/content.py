"""What an invoice says: parties, period, lines, totals, texts. Editable in a draft, frozen at finalise."""

import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from pydantic import Field, TypeAdapter, model_validator

from models.basis import Basis, LineSource, OrderSource, ServiceBasis, WorklogSource
from models.errors import NotAServiceInvoice
from models.flat_shape import content_from_flat, flat_content, line_from_flat
from models.frozen import Frozen
from models.money import ZERO, Currency, plain, round_amount, total
from models.periods import Period, due_date
from models.terms import Channel, Issuer, Party, TaxRate, Toggles

# Raise it when the same content would print another document: it is part of the digest that a reviewer approves.
TEMPLATE_VERSION = 1
MANUAL_RULE = "manual"
# Where a document's lines came from and who may approve it is not printed, and is no part of its digest.
_NOT_PRINTED: Any = {
    "basis": {"worklogs": True, "hours_follow_lines": True},
    "dropped": True,
    "issuer": {"review": True},
}
_NO_WORK = WorklogSource()
_JSON = TypeAdapter(dict[str, Any])


class LineType(StrEnum):
    SUPPORT = "support"
    FIXED = "fixed"
    OVERTIME = "overtime"
    TASK = "task"
    OTHER = "other"


BASE_TYPES = frozenset({LineType.SUPPORT, LineType.FIXED})
WORK_TYPES = frozenset({LineType.TASK, LineType.OVERTIME})


class Line(Frozen):
    """`line_total` is rounded once, here; a line that is not `billed` informs and is not summed.

    `source` is what the line was made from, and stays when a person changes the line; `is_manual` says that one did.
    See docs/specification/pricing.md 4.2.
    """

    id: str
    line_type: LineType
    description: str
    quantity: Decimal
    unit_price: Decimal
    line_total: Decimal
    rate_multiplier: Decimal = Decimal("1.0")
    source: LineSource | None = None
    is_manual: bool = False
    billed: bool = True
    rule: str = Field(description="the pricing rule that made it, e.g. SUP.overtime; `manual` when a person did")

    @model_validator(mode="before")
    @classmethod
    def _read_flat(cls, value: Any) -> Any:
        return line_from_flat(value)

    @property
    def work(self) -> WorklogSource:
        """The work behind the line; without any, one that is empty."""
        return self.source if isinstance(self.source, WorklogSource) else _NO_WORK

    @property
    def identity(self) -> str | None:
        """What stays the same when the line is computed anew from other facts; None for a line added by hand."""
        if self.rule == MANUAL_RULE:
            return None
        if isinstance(self.source, OrderSource):
            return f"{self.line_type}|{self.source.order_key}"
        parts = [self.line_type, self.work.jira_key or "", self.work.rate_tier]
        if self.line_type is LineType.OVERTIME:
            parts.append(plain(self.rate_multiplier))
        return "|".join(parts)


class Totals(Frozen):
    """Sums of rounded lines. `total_is_manual` marks a total typed by hand, which is kept."""

    base_amount: Decimal = ZERO
    overtime_hours: Decimal = ZERO
    overtime_amount: Decimal = ZERO
    total_hours: Decimal = ZERO
    net_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    total_amount: Decimal = ZERO
    total_is_manual: bool = False

    @property
    def is_overtime(self) -> bool:
        return self.overtime_hours > 0


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

    @model_validator(mode="before")
    @classmethod
    def _read_flat(cls, value: Any) -> Any:
        return content_from_flat(value)

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


def sum_up(
    lines: Iterable[Line],
    *,
    currency: Currency,
    tax: TaxRate | None,
    total_hours: Decimal,
    manual: Decimal | None = None,
) -> Totals:
    """Totals of the billed lines; `manual` replaces the total, its tax included, and is marked as such."""
    billed = [line for line in lines if line.billed]
    overtime = [line for line in billed if line.line_type is LineType.OVERTIME]
    net = total(line.line_total for line in billed)
    tax_amount = tax_on(net, currency, tax) if manual is None else tax_within(manual, currency, tax)
    return Totals(
        base_amount=total(x.line_total for x in billed if x.line_type in BASE_TYPES),
        overtime_hours=total(line.quantity for line in overtime),
        overtime_amount=total(line.line_total for line in overtime),
        total_hours=total_hours,
        net_amount=net,
        tax_amount=tax_amount,
        total_amount=net + tax_amount if manual is None else manual,
        total_is_manual=manual is not None,
    )


def tax_on(net: Decimal, currency: Currency, tax: TaxRate | None) -> Decimal:
    return round_amount(net * tax.rate, currency) if tax else ZERO


def tax_within(gross: Decimal, currency: Currency, tax: TaxRate | None) -> Decimal:
    """At 12 %, 1,000.00 is 892.86 and a tax of 107.14 on that: what is left of the net amount is the tax."""
    return gross - round_amount(gross / (1 + tax.rate), currency) if tax else ZERO


def digest(content: Content, display_number: str) -> str:
    """SHA-256 of all that the document is made of; approval is bound to it. Pydantic keeps the fields' order."""
    printed = content.model_dump(mode="json", exclude=_NOT_PRINTED)
    if isinstance(content.basis, ServiceBasis):
        printed = flat_content(printed)
    text = f"{TEMPLATE_VERSION}\n{display_number}\n{_JSON.dump_json(printed).decode()}"
    return hashlib.sha256(text.encode()).hexdigest()
