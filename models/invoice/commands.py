"""The commands: one frozen model each. HTTP bodies and signals from the Web UI use the same field names.

`by` and `role` name the person who gives the command. The API takes them from the token. An operator in the Web UI may
state them; a command without a role is treated as non-admin. `on_behalf_of` is the person in whose name it is given, by
a delegation; the role is then theirs. `idempotency_key` is the Idempotency-Key with the command's name before it
(docs/specification/lifecycle.md 3.3). In JSON it is called `request_id`, as in the histories.
"""

from typing import ClassVar, Literal

from pydantic import ConfigDict, Field

from models.access.roles import Role
from models.invoice.command_fields import (
    EffectId,
    ExpectedRevision,
    Hours,
    IssueToday,
    NoteText,
    Reason,
    Reference,
    Remarks,
    ReminderDays,
    TotalAmount,
    WarningCodes,
)
from models.invoice.editing.inputs import CustomerChanges, LineChange, ToggleChanges
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.portal.submission import PortalStatus, RejectionCode
from models.invoice.status import CommandName
from models.values.base_models import Strict
from models.values.document_options import Channel
from models.values.email_address import EmailAddress
from models.values.money import NonNegativeAmount, PositiveAmount
from models.values.request_fingerprint import fingerprint
from models.values.typed_values import TypedDay, TypedMoment, Whole

OPERATOR = "operator (Web UI)"


class Command(Strict):
    """A request to change an invoice. The API and the Web UI show the docstring of each subclass as its description."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    name: ClassVar[CommandName]
    by: str = Field(default=OPERATOR, min_length=1, max_length=200)
    role: Role | None = None
    on_behalf_of: str | None = Field(default=None, max_length=200, exclude_if=lambda name: name is None)
    idempotency_key: str | None = Field(default=None, alias="request_id", max_length=200)

    @property
    def request_fingerprint(self) -> str:
        """The fingerprint over the command's name and fields.

        Defaults are left out, so that a field that a later release adds does not change it.
        """
        content = self.model_dump_json(exclude={"by", "role", "on_behalf_of", "idempotency_key"}, exclude_defaults=True)
        return fingerprint(self.idempotency_key, self.name + content)


class Edit(Command):
    """Changes the given fields of a draft. A `total_amount` typed by hand is kept and marked as manual."""

    name = CommandName.EDIT
    expected_revision: ExpectedRevision
    invoice_date: TypedDay | None = None
    payment_days: Whole | None = Field(default=None, ge=0, le=365)
    due_date: TypedDay | None = Field(default=None, description="instead of payment_days, which are computed from it")
    application_name: str | None = Field(default=None, min_length=1, max_length=300, description="the contract's name")
    agreement_number: str | None = Field(default=None, max_length=100, description="empty to name no agreement")
    agreement_date: TypedDay | None = None
    customer: CustomerChanges | None = None
    channel: Channel | None = None
    reminder_days: ReminderDays = None
    base_amount: NonNegativeAmount | None = None
    overtime_hours: Hours | None = None
    overtime_amount: NonNegativeAmount | None = None
    total_amount: TotalAmount = None
    line_changes: tuple[LineChange, ...] = ()
    toggles: ToggleChanges | None = None
    legal_text: str | None = Field(default=None, max_length=20_000)
    html_override: str | None = Field(default=None, max_length=500_000, description="empty to use the template again")
    recipients: tuple[EmailAddress, ...] | None = Field(default=None, max_length=20)
    cc: tuple[EmailAddress, ...] | None = Field(default=None, max_length=20, description="named in each letter")
    bcc: tuple[EmailAddress, ...] | None = Field(default=None, max_length=20, description="named in no letter")
    note: NoteText = None


class Undo(Command):
    """Undoes the newest edit of a draft, then the one before it. Edits before a regenerate or finalize stay."""

    name = CommandName.UNDO
    expected_revision: ExpectedRevision
    note: NoteText = None


class Regenerate(Command):
    """Returns the invoice to draft and computes it again from today's contract data; clears approval and edits."""

    name = CommandName.REGENERATE


class CheckFacts(Command):
    """Compares the invoice with today's contract data; changes nothing. `late_work` then shows the difference."""

    name = CommandName.CHECK_FACTS


class TakeIn(Command):
    """Adds the late work found by `check_facts` to the draft. Lines changed by hand stay as they are."""

    name = CommandName.TAKE_IN
    expected_revision: ExpectedRevision
    note: NoteText = None


class Finalize(Command):
    """Takes the number, freezes the content and renders the PDF. The document then needs review."""

    name = CommandName.FINALIZE
    confirmed_warnings: WarningCodes = ()
    issue_today: IssueToday = False


class Approve(Command):
    """Approves the reviewed document; it is then archived, posted to accounting, and finance gets a notice."""

    name = CommandName.APPROVE
    digest: str = Field(min_length=64, max_length=64, description="the digest shown with the reviewed document")


class Decline(Command):
    """Declines a document under review, with the reason."""

    name = CommandName.DECLINE
    reason: Reason


class Reopen(Command):
    """Returns a declined, rejected or approved invoice to draft; the effects of the approval are compensated."""

    name = CommandName.REOPEN
    reason: str | None = Field(default=None, max_length=2000)


class Deliver(Command):
    """Delivers the approved document by Didox or e-mail. The default is the channel of the draft."""

    name = CommandName.DELIVER
    channel: Channel | None = None


class MarkUploaded(Command):
    """Records an upload of the PDF to the partner's portal, the first or a later one; the payment days start anew."""

    name = CommandName.MARK_UPLOADED
    uploaded_at: TypedMoment
    portal_submission_id: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=1000)
    remarks: Remarks = None


class RecordPortalStatus(Command):
    """Records what the partner's portal shows about the newest submission."""

    name = CommandName.RECORD_PORTAL_STATUS
    portal_status: PortalStatus
    remarks: Remarks = None


class Accept(Command):
    """Records that the client accepted the document."""

    name = CommandName.ACCEPT


class Reject(Command):
    """Records that the client rejected the document, with the reason."""

    name = CommandName.REJECT
    reason: Reason
    code: RejectionCode | None = Field(default=None, description="required of a partner, like the next two")
    remarks: Remarks = None
    attachment: str | None = Field(default=None, max_length=500, description="key of the stored screenshot or file")


class RecordPayment(Command):
    """Records a payment. Part payments add up; a repeated payment id is recorded once; a surplus is shown as such."""

    name = CommandName.RECORD_PAYMENT
    payment_id: Reference
    paid_on: TypedDay
    amount: PositiveAmount
    reference: Reference
    bank_slip: str | None = Field(default=None, max_length=500, description="key of the stored bank slip")
    confirmed_warnings: WarningCodes = ()


class ReversePayment(Command):
    """Takes back a payment that was recorded wrongly. An invoice that is not covered then awaits money again."""

    name = CommandName.REVERSE_PAYMENT
    payment_id: Reference
    reason: Reason


class WriteOff(Command):
    """Writes off the rest of an invoice, up to the limit of the role. The invoice is then paid."""

    name = CommandName.WRITE_OFF
    kind: WriteOffKind
    reason: Reason
    amount: PositiveAmount | None = Field(default=None, description="the rest as it was seen; another one is refused")


class Void(Command):
    """Withdraws an issued, unpaid invoice for good. It keeps its number; its effects are compensated once."""

    name = CommandName.VOID
    reason: Reason


class Discard(Command):
    """Discards a draft that has never taken a number."""

    name = CommandName.DISCARD
    reason: str | None = Field(default=None, max_length=2000)


class Hold(Command):
    """Stops effects and reminders until the invoice is released."""

    name = CommandName.HOLD
    reason: Reason


class Release(Command):
    """Ends a hold: effects and reminders continue."""

    name = CommandName.RELEASE


class RetryEffect(Command):
    """Executes a failed effect again."""

    name = CommandName.RETRY_EFFECT
    effect_id: EffectId


class ResolveEffect(Command):
    """Records the outcome of a failed or unknown effect, as a person found it: `done` or `skipped`."""

    name = CommandName.RESOLVE_EFFECT
    effect_id: EffectId
    outcome: Literal["done", "skipped"]
    vendor_id: str | None = Field(default=None, max_length=200)
    note: Reason


class SyncPlanfact(Command):
    """Posts the invoice to PlanFact again if that failed; if it is posted, compares its shipment with the invoice."""

    name = CommandName.SYNC_PLANFACT


class SubmitSignature(Command):
    """Sends the act to Didox, or cancels a sent act there, with a stored signature of what waits for one."""

    name = CommandName.SUBMIT_SIGNATURE
    signature: str = Field(min_length=64, max_length=64, description="SHA-256 of the stored PKCS#7 message")


COMMANDS: tuple[type[Command], ...] = (
    Edit,
    Undo,
    Regenerate,
    CheckFacts,
    TakeIn,
    Finalize,
    Approve,
    Decline,
    Reopen,
    Deliver,
    MarkUploaded,
    Accept,
    Reject,
    RecordPayment,
    ReversePayment,
    WriteOff,
    Void,
    Discard,
    Hold,
    Release,
    RetryEffect,
    ResolveEffect,
    SyncPlanfact,
    SubmitSignature,
    RecordPortalStatus,
)
