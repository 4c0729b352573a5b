"""What the API answers: the invoice and its parts as JSON.

Field names and number formats are those of docs/specification/pricing.md 6.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from api.http.envelopes import is_none
from api.http.number_formats import Factor, Hours, Limit, Money, Quantity
from models.access.roles import Role
from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.invoice.approval import admin_above
from models.invoice.content.basis import ClientType
from models.invoice.content.content import Content
from models.invoice.content.lines import Line, LineType
from models.invoice.content.printing import printing_warnings
from models.invoice.editing.late_worklogs import LISTED, DifferenceKind, LateWork
from models.invoice.effects import EffectChannel, EffectName, EffectState
from models.invoice.invoice import ActionStamp, Archived, Document, Invoice, Note
from models.invoice.preconditions import allowed_for
from models.invoice.status import Kind, Status
from models.issuer.issuer import Party, TaxRate
from models.values.document_options import Channel, Toggles
from models.values.money import Currency


class Source(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"


class LineView(BaseModel):
    id: str
    line_type: LineType
    description: str
    jira_key: str | None = Field(default=None, exclude_if=is_none, description="only on task rows")
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
    billed: bool = Field(description="a row that is not billed informs and is not summed")
    worked_on: tuple[date, ...]
    rule: str = Field(description="the pricing rule that made the row, or `manual`")

    @classmethod
    def of(cls, line: Line, position: int) -> "LineView":
        return cls(
            **line.model_dump(exclude={"source", "is_manual"}),
            **line.work.model_dump(exclude={"kind", "worklogs"}),
            source=Source.MANUAL if line.is_manual else Source.AUTO,
            is_auto_generated=not line.is_manual,
            sort_order=position,
        )


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


class PrefillView(BaseModel):
    """An invoice preview; nothing of it is stored."""

    application_key: str
    customer_key: str
    period_start: date
    period_end: date
    deal_type: DealType
    currency: Currency
    base_amount: Money
    overtime_hours: Hours
    overtime_amount: Money
    total_amount: Money
    total_hours: Hours
    is_overtime: bool
    line_items: list[LineView]
    customer: CustomerView
    application: ApplicationView
    client_type: ClientType
    net_amount: Money
    tax_amount: Money
    warnings: tuple[str, ...]
    suggested_base_amount: Money | None = Field(description="what an empty period's base would be; not charged")

    @classmethod
    def of(cls, content: Content) -> "PrefillView":
        return cls(**_said_by(content))


def _said_by(content: Content) -> dict[str, Any]:
    service = content.service
    return {
        "application_key": service.application_key,
        "customer_key": service.customer_key,
        "period_start": service.period.start,
        "period_end": service.period.end,
        "deal_type": service.deal_type,
        "currency": content.currency,
        "client_type": service.client_type,
        **content.totals.model_dump(),
        "is_overtime": content.totals.is_overtime,
        "line_items": [LineView.of(line, n) for n, line in enumerate(content.lines)],
        "customer": CustomerView.of(content.customer),
        "application": ApplicationView(
            application_name=service.application_name,
            deal_type=service.deal_type,
            monthly_limit=service.rate_rule.monthly_limit_hours,
            agreement_number=service.agreement_number,
            agreement_date=service.agreement_date,
        ),
        "warnings": (*content.warnings, *printing_warnings(content)),
        "suggested_base_amount": service.suggested_base_amount,
    }


class EffectView(BaseModel):
    """Something owed to the outside world: a filing, a posting, a mail. `key` is what retry and resolve name."""

    key: str
    name: EffectName
    channel: EffectChannel
    state: EffectState
    owed_at: datetime
    attempts: int
    vendor_id: str | None
    receipt: dict[str, str]
    error: str | None
    needs_a_person: bool


class PaymentView(BaseModel):
    payment_id: str
    paid_on: date
    amount: Money
    reference: str
    surplus: Money
    bank_slip: str | None


class WorklogDifferenceView(BaseModel):
    worklog_id: str
    task: str
    kind: DifferenceKind
    hours_before: Hours | None
    hours_after: Hours | None


class LineDifferenceView(BaseModel):
    description: str
    quantity_before: Quantity | None
    quantity_after: Quantity | None
    amount_before: Money | None
    amount_after: Money | None
    billed: bool
    kept_because: str | None = Field(description="the facts say otherwise, but a person's change stands")


class LateWorkView(BaseModel):
    """The invoice held against what ClickHouse said then. A proposal changes nothing: the invoice is issued."""

    at: datetime
    differs: bool
    proposal: bool
    obstacle: str | None
    added: int = Field(description=f"worklogs that came late; the lists hold the first {LISTED}")
    changed: int
    removed: int
    worklogs: list[WorklogDifferenceView]
    lines: list[LineDifferenceView]
    total_before: Money
    total_after: Money
    hours_before: Hours
    hours_after: Hours

    @classmethod
    def of(cls, late: LateWork) -> "LateWorkView":
        before, after = late.totals_before, late.totals_after
        return cls(
            **late.model_dump(include={"at", "proposal", "obstacle", "added", "changed", "removed"}),
            differs=late.differs,
            worklogs=[WorklogDifferenceView(**each.model_dump()) for each in late.worklogs],
            lines=[LineDifferenceView(**each.model_dump()) for each in late.lines],
            total_before=before.total_amount,
            total_after=after.total_amount,
            hours_before=before.total_hours,
            hours_after=after.total_hours,
        )


class InvoiceView(PrefillView):
    """One invoice in full, with what the asking user may do to it now."""

    id: str
    workflow_id: str
    kind: Kind
    status: Status
    milestone: str | None = Field(description="partner invoices: the portal's own name of the status")
    revision: int
    display_number: str | None
    series: str
    invoice_date: date
    payment_days: int
    due_date: date | None
    overdue: bool
    total_is_manual: bool
    paid_amount: Money
    balance: Money
    issuer: CustomerView
    tax: TaxRate | None
    channel: Channel
    recipients: tuple[str, ...]
    toggles: Toggles
    legal_text: str
    html_override: str | None
    digest: str | None = Field(description="what an approval must name")
    document: Document | None
    archived: Archived | None
    effects: list[EffectView]
    payments: list[PaymentView]
    blocked: bool = Field(description="an effect failed and waits for a person")
    created: ActionStamp
    finalized: ActionStamp | None
    approved: ActionStamp | None
    declined: ActionStamp | None
    sent: ActionStamp | None
    accepted: ActionStamp | None
    rejected: ActionStamp | None
    uploaded: ActionStamp | None
    voided: ActionStamp | None
    held: ActionStamp | None
    closed_at: datetime | None
    notes: tuple[Note, ...]
    reminder_days: tuple[int, ...]
    undoable: int = Field(description="how many of the newest edits can be taken back")
    late_work: LateWorkView | None = Field(description="what the last check of the facts has found")
    needs_two_people: bool = Field(description="who finalises it may not approve it")
    admin_above: Money | None = Field(description="the total is above this, so an admin must approve")
    allowed: list[str] = Field(description="the commands that this user may give in this state")

    @classmethod
    def seen_by(cls, role: Role, invoice: Invoice, by: str) -> "InvoiceView":
        content = invoice.content
        same_name = {name: getattr(invoice, name) for name in cls.model_fields if name in Invoice.model_fields}
        copied = (
            "html_override",
            "series",
            "invoice_date",
            "payment_days",
            "tax",
            "channel",
            "recipients",
            "toggles",
            "legal_text",
            "reminder_days",
        )
        fields = {
            **same_name,
            **_said_by(content),
            **{name: getattr(content, name) for name in copied},
            "kind": invoice.kind,
            "milestone": invoice.milestone,
            "display_number": invoice.display_number,
            "due_date": invoice.due,
            "paid_amount": invoice.paid,
            "balance": invoice.balance,
            "issuer": CustomerView.of(content.issuer.party),
            "blocked": bool(invoice.blocked),
            "effects": [
                EffectView(**e.model_dump(), channel=e.channel, needs_a_person=e.needs_a_person)
                for e in invoice.effects
            ],
            "payments": [PaymentView(**payment.model_dump()) for payment in invoice.payments],
            "undoable": len(invoice.undoable),
            "late_work": LateWorkView.of(invoice.late) if invoice.late else None,
            "needs_two_people": content.issuer.review.four_eyes,
            "admin_above": admin_above(invoice),
            "allowed": [name.value for name in allowed_for(invoice, by, role)],
        }
        return cls(**fields)
