"""One frozen model per command; the field names are those of the HTTP bodies and of what an operator types.

`by` and `role` are who did it: the API fills them from the token; an operator in the Web UI may give them, and without
a role counts for less than an admin. `idempotency_key` is the caller's Idempotency-Key with the command in front: the
same one twice changes nothing the second time, also after continue-as-new, and is refused when it asks for something
else than the first time. In JSON it is called `request_id`, as in the histories.
"""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from models.access.roles import Role
from models.invoice.editing.inputs import CustomerChanges, LineChange, ToggleChanges
from models.invoice.status import CommandName
from models.values.base_models import Strict
from models.values.document_options import Channel
from models.values.money import Amount, PositiveAmount

OPERATOR = "operator (Web UI)"

Reason = Annotated[str, StringConstraints(min_length=3, max_length=2000)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Hours = Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=2)]


def fingerprint(idempotency_key: str | None, asked: str) -> str:
    """Tells a request from every other: its key, and a digest of what is asked, whoever asks."""
    return f"{idempotency_key}:{hashlib.sha256(asked.encode()).hexdigest()[:16]}"


def idempotency_key_of(request_fingerprint: str) -> str:
    """The idempotency key alone."""
    return request_fingerprint.rpartition(":")[0]


class Command(Strict):
    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    name: ClassVar[CommandName]
    by: str = Field(default=OPERATOR, min_length=1, max_length=100)
    role: Role | None = None
    idempotency_key: str | None = Field(default=None, alias="request_id", max_length=200)

    @property
    def request_fingerprint(self) -> str:
        """Without defaults: a field that a later release adds must not make the same request another one."""
        asked = self.model_dump_json(exclude={"by", "role", "idempotency_key"}, exclude_defaults=True)
        return fingerprint(self.idempotency_key, self.name + asked)


LATEST = 2**31 - 1  # what the column of PostgreSQL holds
ExpectedRevision = Annotated[int, Field(ge=1, le=LATEST, description="the revision looked at; a newer one refuses it")]
Why = Annotated[str | None, Field(max_length=2000, description="why")]


class Edit(Command):
    """Changes a draft. Only what is given changes; `total_amount` typed by hand is kept and marked."""

    name = CommandName.EDIT
    expected_revision: ExpectedRevision
    invoice_date: date | None = None
    payment_days: int | None = Field(default=None, ge=0, le=365)
    due_date: date | None = Field(default=None, description="instead of payment_days, which follow from it")
    application_name: str | None = Field(default=None, min_length=1, max_length=300, description="the contract's name")
    agreement_number: str | None = Field(default=None, max_length=100, description="empty: no agreement is named")
    agreement_date: date | None = None
    customer: CustomerChanges | None = None
    channel: Channel | None = None
    reminder_days: tuple[Annotated[int, Field(ge=-365, le=365)], ...] | None = Field(
        default=None, max_length=20, description="days after the due date; negative ones before it"
    )
    base_amount: Amount | None = Field(default=None, ge=0)
    overtime_hours: Hours | None = None
    overtime_amount: Amount | None = Field(default=None, ge=0)
    total_amount: Amount | Literal["auto"] | None = Field(
        default=None, description='"auto" returns to the computed one'
    )
    line_changes: tuple[LineChange, ...] = ()
    toggles: ToggleChanges | None = None
    legal_text: str | None = Field(default=None, max_length=20_000)
    html_override: str | None = Field(default=None, max_length=500_000, description="empty: back to the template")
    recipients: tuple[str, ...] | None = Field(default=None, max_length=20)
    note: Why = None


class Undo(Command):
    """Takes back the last edit of a draft, then the one before it; not beyond a regenerate or finalise."""

    name = CommandName.UNDO
    expected_revision: ExpectedRevision
    note: Why = None


class Regenerate(Command):
    """Fetches the facts again and puts the invoice back to draft; clears approval and html_override."""

    name = CommandName.REGENERATE


class CheckFacts(Command):
    """Compares the invoice with what ClickHouse says now; changes nothing. `late_work` then shows the difference."""

    name = CommandName.CHECK_FACTS


class TakeIn(Command):
    """Takes the late work that a check has found into the draft; what was changed by hand stays as it is."""

    name = CommandName.TAKE_IN
    expected_revision: ExpectedRevision
    note: Why = None


class Finalize(Command):
    """Takes the number, freezes the content, makes the PDF; then it needs review."""

    name = CommandName.FINALIZE


class Approve(Command):
    """Approves the document that was reviewed; archive, accounting and the notice follow."""

    name = CommandName.APPROVE
    digest: str = Field(min_length=64, max_length=64, description="the digest shown with the reviewed document")


class Decline(Command):
    """Sends a document under review back, with the reason."""

    name = CommandName.DECLINE
    reason: Reason


class Reopen(Command):
    """Returns a declined, rejected or approved invoice to draft; what approval did is undone first."""

    name = CommandName.REOPEN
    reason: str | None = Field(default=None, max_length=2000)


class Deliver(Command):
    """Sends the approved document by Didox or e-mail (default: by client type)."""

    name = CommandName.DELIVER
    channel: Channel | None = None


class MarkUploaded(Command):
    """A person uploaded the PDF to the partner's portal; the payment terms start."""

    name = CommandName.MARK_UPLOADED
    uploaded_at: datetime
    portal_submission_id: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=1000)


class Accept(Command):
    """The client accepted the document."""

    name = CommandName.ACCEPT


class Reject(Command):
    """The client rejected the document, with the reason."""

    name = CommandName.REJECT
    reason: Reason
    remarks: str | None = Field(default=None, max_length=2000)
    attachment: str | None = Field(default=None, max_length=500, description="key of the stored screenshot or file")


class RecordPayment(Command):
    """Books a payment; part payments add up, the same payment id books once, a surplus is recorded as such."""

    name = CommandName.RECORD_PAYMENT
    payment_id: Reference
    paid_on: date
    amount: PositiveAmount
    reference: Reference
    bank_slip: str | None = Field(default=None, max_length=500, description="key of the stored bank slip")


class Void(Command):
    """Takes an issued, unpaid invoice back for good; it keeps its number, its effects are reversed once."""

    name = CommandName.VOID
    reason: Reason


class Discard(Command):
    """Drops a draft that has never taken a number."""

    name = CommandName.DISCARD
    reason: str | None = Field(default=None, max_length=2000)


class Hold(Command):
    """Stops effects and reminders until released."""

    name = CommandName.HOLD
    reason: Reason


class Release(Command):
    """Lets effects and reminders go on."""

    name = CommandName.RELEASE


def _short_key(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


EffectId = Annotated[str, BeforeValidator(_short_key), StringConstraints(min_length=1, max_length=300)]


class RetryEffect(Command):
    """Tries a failed effect again."""

    name = CommandName.RETRY_EFFECT
    effect_id: EffectId


class ResolveEffect(Command):
    """Records what a person found out about an effect: it was done, or it will not be."""

    name = CommandName.RESOLVE_EFFECT
    effect_id: EffectId
    outcome: Literal["done", "skipped"]
    vendor_id: str | None = Field(default=None, max_length=200)
    note: Reason


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
    Void,
    Discard,
    Hold,
    Release,
    RetryEffect,
    ResolveEffect,
)
