"""Response schema of one invoice in full, with its effects and payments."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from activities.archive.addresses import ArchiveAddresses
from api.access.delegations import Delegator
from api.http.envelopes import is_none
from api.http.number_formats import Money
from api.invoice.late_work_schemas import LateWorkView
from api.invoice.orders.schemas import PartnerView
from api.invoice.prefill_schemas import ApplicationView, ContentView, CustomerView, content_fields, contract_fields
from models.access.roles import Role
from models.contracts.contract import DealType
from models.contracts.tax import TaxTreatment
from models.invoice.acts.act import ActState
from models.invoice.acts.recording import known_act
from models.invoice.approval import admin_limit
from models.invoice.bounces.recording import standing_bounces
from models.invoice.bounces.report import Bounce
from models.invoice.content.basis import ClientType, PartnerBasis, ServiceBasis
from models.invoice.deadlines.fired import Step
from models.invoice.deadlines.waits import Wait, open_deadlines, waits
from models.invoice.effects import EffectChannel, EffectName, EffectState, FailedAttempt
from models.invoice.invoice import ActionStamp, Archived, Document, Invoice, Note
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.preconditions import allowed_for
from models.invoice.status import CommandName, Kind, Status
from models.issuer.deadlines import WaitKind
from models.issuer.issuer import TaxRate
from models.issuer.service_code import ServiceCode
from models.values.document_options import Channel, Toggles


class FailedAttemptView(BaseModel):
    """The newest failed attempt of an effect that is retried."""

    attempt: int
    error: str
    next_try_at: datetime | None


class EffectView(BaseModel):
    """An effect in another system, such as a posting or a mail. `retry_effect` and `resolve_effect` name its `key`."""

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
    failed_attempt: FailedAttemptView | None = Field(
        default=None,
        description="of an effect that is retried; null in lists, in answers to commands and without Temporal",
    )


class ArchivedView(BaseModel):
    """The PDF in the archive."""

    key: str
    etag: str
    url: str | None = Field(description="opens the PDF without a login; null if the archive has no public URL")
    url_expires_at: datetime | None = Field(description="null if the link does not expire")

    @classmethod
    def of(cls, archived: Archived, archive: ArchiveAddresses) -> "ArchivedView":
        """Return the file with its link of now. If the API knows no public URL, it is the link that was stored."""
        link = archive.link(archived.key)
        return cls(
            key=archived.key,
            etag=archived.etag,
            url=link.url if link else archived.url,
            url_expires_at=link.expires_at if link else None,
        )


class WaitView(BaseModel):
    """Something that the invoice waits for a person to do, with its deadlines."""

    kind: WaitKind
    since: datetime
    role: Role = Field(description="the least role that may act; it is reminded")
    command: CommandName = Field(description="what ends the wait, such as `approve`")
    effect: str | None
    remind_at: datetime
    reminded: bool
    escalate_at: datetime | None = Field(description="when the next role is told; null if nobody else is")
    escalated: bool

    @classmethod
    def of(cls, wait: Wait, invoice: Invoice) -> "WaitView":
        """Return the wait, with what was told already."""
        still_open = {step for step, _ in open_deadlines(invoice, wait)}
        fired = {step for step, _ in wait.deadlines} - still_open
        return cls(**wait.model_dump(), reminded=Step.REMINDER in fired, escalated=Step.ESCALATION in fired)


class PaymentView(BaseModel):
    payment_id: str
    paid_on: date
    amount: Money
    reference: str
    surplus: Money
    bank_slip: str | None
    reversed: ActionStamp | None = Field(description="who took it back; it then counts no more")


class WriteOffView(BaseModel):
    kind: WriteOffKind
    amount: Money
    stamp: ActionStamp
    reversed: ActionStamp | None = Field(description="who reversed the payment that it had completed")


class InvoiceView(ContentView):
    """One invoice in full, with the commands that the user may give now.

    The invoice of a contract has the fields of its contract, that of a partner's orders has `partner`.
    """

    application_key: str | None = None
    deal_type: DealType | None = None
    application: ApplicationView | None = None
    client_type: ClientType | None = None
    suggested_base_amount: Money | None = Field(
        default=None, description="the base of a period without worklogs; it is not charged"
    )
    partner: PartnerView | None = Field(default=None, exclude_if=is_none)

    id: str
    workflow_id: str
    kind: Kind
    status: Status
    milestone: str | None = Field(description="the partner portal's name of the status; null for service invoices")
    revision: int
    display_number: str | None
    series: str
    invoice_date: date
    payment_days: int
    due_date: date | None
    overdue: bool
    total_is_manual: bool
    paid_amount: Money
    written_off_amount: Money
    balance: Money
    credit_amount: Money = Field(description="the client's money beyond the total, to be paid back or set off")
    issuer: CustomerView
    tax: TaxRate | None
    tax_treatment: TaxTreatment
    tax_note: str
    channel: Channel
    recipients: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    toggles: Toggles
    service_code: ServiceCode | None = Field(description="of lines without a code of their own, in Didox")
    legal_text: str
    html_override: str | None
    digest: str | None = Field(description="an approval must name it")
    document: Document | None
    archived: ArchivedView | None
    effects: list[EffectView]
    payments: list[PaymentView]
    write_offs: list[WriteOffView]
    waits: list[WaitView] = Field(description="what it waits for a person to do, and by when; the clock stops on hold")
    blocked: bool = Field(description="an effect failed and waits for a person")
    bounced: bool = Field(description="a letter did not reach the client, who has not answered either")
    bounces: tuple[Bounce, ...] = Field(description="the letters that mail servers gave up")
    act: ActState | None = Field(
        description="the document in Didox as it was seen last; its status as Didox numbers it"
    )
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
    undoable: int = Field(description="how many of the newest edits can be undone")
    late_work: LateWorkView | None = Field(description="the result of the last check for late work")
    makers: tuple[str, ...] = Field(description="who edited the draft since it was last computed")
    needs_two_people: bool = Field(
        description="the user who finalises the invoice, and by setting also its makers, may not approve it"
    )
    admin_above: Money | None = Field(description="an admin must approve, because the total is above this amount")
    allowed: list[str] = Field(description="the commands that this user may give in this state")

    @classmethod
    def seen_by(
        cls,
        role: Role,
        invoice: Invoice,
        by: str,
        archive: ArchiveAddresses,
        failed: Mapping[str, FailedAttempt] | None = None,
        delegator: Delegator | None = None,
        replaced_by: str | None = None,
    ) -> "InvoiceView":
        """Return the invoice for the user `by`, whose role decides which commands are allowed.

        With a delegator these are the delegated commands that the user may give in that name. `failed` holds the newest
        failed attempts of its effects by their keys.
        """
        attempts = {
            key: FailedAttemptView(**each.model_dump(exclude={"activity"})) for key, each in (failed or {}).items()
        }
        content = invoice.content
        same_name = {name: getattr(invoice, name) for name in cls.model_fields if name in Invoice.model_fields}
        copied = (
            "html_override",
            "series",
            "invoice_date",
            "payment_days",
            "tax",
            "tax_treatment",
            "tax_note",
            "channel",
            "recipients",
            "cc",
            "bcc",
            "toggles",
            "service_code",
            "legal_text",
            "reminder_days",
        )
        fields = {
            **same_name,
            **content_fields(content),
            **_of_basis(invoice, replaced_by),
            **{name: getattr(content, name) for name in copied},
            "kind": invoice.kind,
            "milestone": invoice.milestone,
            "display_number": invoice.display_number,
            "due_date": invoice.due,
            "paid_amount": invoice.paid,
            "written_off_amount": invoice.written_off,
            "balance": invoice.balance,
            "credit_amount": invoice.credit,
            "issuer": CustomerView.of(content.issuer.party),
            "archived": ArchivedView.of(invoice.archived, archive) if invoice.archived else None,
            "blocked": bool(invoice.blocked),
            "bounced": bool(standing_bounces(invoice)),
            "act": known_act(invoice),
            "effects": [
                EffectView(
                    **e.model_dump(),
                    channel=e.channel,
                    needs_a_person=e.is_blocked,
                    failed_attempt=attempts.get(e.key),
                )
                for e in invoice.effects
            ],
            "waits": [WaitView.of(wait, invoice) for wait in waits(invoice)],
            "payments": [PaymentView(**payment.model_dump()) for payment in invoice.payments],
            "write_offs": [WriteOffView(**each.model_dump()) for each in invoice.write_offs],
            "undoable": len(invoice.undoable),
            "late_work": LateWorkView.of(invoice.late) if invoice.late else None,
            "needs_two_people": content.issuer.review.four_eyes,
            "admin_above": admin_limit(invoice),
            "allowed": [name.value for name in _allowed(invoice, by, role, delegator)],
        }
        return cls(**fields)


def _of_basis(invoice: Invoice, replaced_by: str | None) -> dict[str, Any]:
    """Return the fields that the invoice has because of what it is made from."""
    match invoice.content.basis:
        case ServiceBasis() as service:
            return contract_fields(service)
        case PartnerBasis() as basis:
            return {"partner": PartnerView.of(invoice, basis, replaced_by)}


def _allowed(invoice: Invoice, by: str, role: Role, delegator: Delegator | None) -> Iterable[CommandName]:
    """Return the commands that the user may give, in the delegator's name if there is one."""
    if delegator is None:
        return allowed_for(invoice, by, role)
    possible = allowed_for(invoice, by, delegator.role, delegator.username)
    return [name for name in possible if name.value in delegator.commands]
