"""The bodies of the command routes: the fields of each command without those that the API sets.

It takes `by`, `role`, `on_behalf_of` and `idempotency_key` from the token and the headers, so a caller cannot forge
them. A test compares every body with its command, field by field.
"""

from typing import Any, Literal

from pydantic import Field, model_validator

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
from models.values.base_models import Strict
from models.values.document_options import Channel
from models.values.email_address import EmailAddress
from models.values.invisible_characters import without_invisible
from models.values.money import NonNegativeAmount, PositiveAmount
from models.values.text import unprintable_character
from models.values.typed_values import TypedDay, TypedMoment, Whole


class EditBody(Strict):
    """Changes the given fields of a draft. A `total_amount` typed by hand is kept and marked as manual."""

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

    @model_validator(mode="before")
    @classmethod
    def _visible(cls, value: Any) -> Any:
        """Remove invisible characters, which come with pasted text. In an HTML override they are objections."""
        if not isinstance(value, dict):
            return value
        return {name: part if name == "html_override" else _without_invisible(part) for name, part in value.items()}


def _without_invisible(value: Any) -> Any:
    match value:
        case str():
            return value if unprintable_character(value) else without_invisible(value)
        case dict():
            return {name: _without_invisible(part) for name, part in value.items()}
        case list() | tuple():
            return [_without_invisible(part) for part in value]
        case _:
            return value


class UndoBody(Strict):
    """Undoes the newest edit of a draft, then the one before it. Edits before a regenerate or finalize stay."""

    expected_revision: ExpectedRevision
    note: NoteText = None


class RegenerateBody(Strict):
    """Returns the invoice to draft and computes it again from today's contract data; clears approval and edits."""


class CheckFactsBody(Strict):
    """Compares the invoice with today's contract data; changes nothing. `late_work` then shows the difference."""


class TakeInBody(Strict):
    """Adds the late work found by `check_facts` to the draft. Lines changed by hand stay as they are."""

    expected_revision: ExpectedRevision
    note: NoteText = None


class FinalizeBody(Strict):
    """Takes the number, freezes the content and renders the PDF. The document then needs review."""

    confirmed_warnings: WarningCodes = ()
    issue_today: IssueToday = False


class ApproveBody(Strict):
    """Approves the reviewed document; it is then archived, posted to accounting, and finance gets a notice."""

    digest: str = Field(min_length=64, max_length=64, description="the digest shown with the reviewed document")


class DeclineBody(Strict):
    """Declines a document under review, with the reason."""

    reason: Reason


class ReopenBody(Strict):
    """Returns a declined, rejected or approved invoice to draft; the effects of the approval are compensated."""

    reason: str | None = Field(default=None, max_length=2000)


class DeliverBody(Strict):
    """Delivers the approved document by Didox or e-mail. The default is the channel of the draft."""

    channel: Channel | None = None


class MarkUploadedBody(Strict):
    """Records an upload of the PDF to the partner's portal, the first or a later one; the payment days start anew."""

    uploaded_at: TypedMoment
    portal_submission_id: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=1000)
    remarks: Remarks = None


class RecordPortalStatusBody(Strict):
    """Records what the partner's portal shows about the newest submission."""

    portal_status: PortalStatus
    remarks: Remarks = None


class AcceptBody(Strict):
    """Records that the client accepted the document."""


class RejectBody(Strict):
    """Records that the client rejected the document, with the reason."""

    reason: Reason
    code: RejectionCode | None = Field(default=None, description="required of a partner, like the next two")
    remarks: Remarks = None
    attachment: str | None = Field(default=None, max_length=500, description="key of the stored screenshot or file")


class RecordPaymentBody(Strict):
    """Records a payment. Part payments add up; a repeated payment id is recorded once; a surplus is shown as such."""

    payment_id: Reference
    paid_on: TypedDay
    amount: PositiveAmount
    reference: Reference
    bank_slip: str | None = Field(default=None, max_length=500, description="key of the stored bank slip")
    confirmed_warnings: WarningCodes = ()


class ReversePaymentBody(Strict):
    """Takes back a payment that was recorded wrongly. An invoice that is not covered then awaits money again."""

    payment_id: Reference
    reason: Reason


class WriteOffBody(Strict):
    """Writes off the rest of an invoice, up to the limit of the role. The invoice is then paid."""

    kind: WriteOffKind
    reason: Reason
    amount: PositiveAmount | None = Field(default=None, description="the rest as it was seen; another one is refused")


class VoidBody(Strict):
    """Withdraws an issued, unpaid invoice for good. It keeps its number; its effects are compensated once."""

    reason: Reason


class DiscardBody(Strict):
    """Discards a draft that has never taken a number."""

    reason: str | None = Field(default=None, max_length=2000)


class HoldBody(Strict):
    """Stops effects and reminders until the invoice is released."""

    reason: Reason


class ReleaseBody(Strict):
    """Ends a hold: effects and reminders continue."""


class RetryEffectBody(Strict):
    """Executes a failed effect again."""

    effect_id: EffectId


class ResolveEffectBody(Strict):
    """Records the outcome of a failed or unknown effect, as a person found it: `done` or `skipped`."""

    effect_id: EffectId
    outcome: Literal["done", "skipped"]
    vendor_id: str | None = Field(default=None, max_length=200)
    note: Reason


class SyncPlanfactBody(Strict):
    """Posts the invoice to PlanFact again if that failed; if it is posted, compares its shipment with the invoice."""


class SubmitSignatureBody(Strict):
    """Sends the act to Didox, or cancels a sent act there, with a stored signature of what waits for one."""

    signature: str = Field(min_length=64, max_length=64, description="SHA-256 of the stored PKCS#7 message")


EXAMPLES: dict[str, dict[str, Any]] = {
    "edit": {
        "expected_revision": 3,
        "base_amount": "14000000.00",
        "line_changes": [{"op": "change", "id": "L3", "description": "PROJ-456: User dashboard"}],
        "toggles": {"show_task_pricing": True},
        "note": "discount agreed on 1 March",
    },
    "undo": {"expected_revision": 4},
    "take_in": {"expected_revision": 5, "note": "the hours of 27 February came late"},
    "finalize": {"confirmed_warnings": ["DaysInvoiced"]},
    "approve": {"digest": "9f2c" * 16},
    "decline": {"reason": "the overtime of 14 February was agreed to be free"},
    "deliver": {"channel": "email"},
    "mark_uploaded": {"uploaded_at": "2026-03-02T10:00:00+05:00", "portal_submission_id": "S-1042"},
    "record_portal_status": {"portal_status": "processing"},
    "reject": {"reason": "wrong purchase order number"},
    "record_payment": {
        "payment_id": "bank-2026-03-17-0042",
        "paid_on": "2026-03-17",
        "amount": "15825000.00",
        "reference": "act 12 of 1 March",
    },
    "reverse_payment": {"payment_id": "bank-2026-03-17-0042", "reason": "900.00 was typed for 90.00"},
    "write_off": {"kind": "fee", "reason": "the bank took 12.50 on the way", "amount": "12.50"},
    "void": {"reason": "invoiced to the wrong company"},
    "hold": {"reason": "the client asked for two weeks"},
    "retry_effect": {"effect_id": "7d0c2f4e-0000-5000-8000-000000000000:5:archive"},
    "resolve_effect": {
        "effect_id": "7d0c2f4e-0000-5000-8000-000000000000:5:accounting",
        "outcome": "done",
        "vendor_id": "18841",
        "note": "found it in PlanFact by hand",
    },
    "submit_signature": {"signature": "9f2c" * 16},
}
