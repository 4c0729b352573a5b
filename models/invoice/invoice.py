"""The state of one invoice. Its workflow holds it, and the read model in PostgreSQL is projected from it."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import ConfigDict, Field

from models.audit.hash_chain import GENESIS, Event
from models.invoice.acts.act import ActState
from models.invoice.bounces.report import Bounce
from models.invoice.content.content import Content
from models.invoice.content.draft_request import DraftRequest
from models.invoice.content.worklogs import worklogs_of
from models.invoice.deadlines.fired import FiredDeadline
from models.invoice.editing.late_worklogs import LateWork
from models.invoice.editing.patch import Patch
from models.invoice.effects import Effect, EffectChannel, EffectName, EffectState
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.portal.submission import Rejection, Submission
from models.invoice.status import AWAITS_MONEY, WITHDRAWN, Kind, Status, is_final, milestone
from models.values.base_models import Frozen
from models.values.money import ZERO, total
from models.values.period import due_date


class Number(Frozen):
    series: str
    seq: int
    display: str


class Document(Frozen):
    """The PDF of the frozen content, kept in PostgreSQL by its SHA-256."""

    sha256: str
    size: int
    pages: int


class Archived(Frozen):
    key: str
    etag: str
    url: str | None = None


class ActionStamp(Frozen):
    """Who did something, when, and why."""

    by: str
    at: datetime
    reason: str | None = None


class Payment(Frozen):
    """A payment received. `surplus` is the part that exceeds what the invoice still needs, so it covers nothing."""

    payment_id: str
    paid_on: date
    amount: Decimal
    reference: str
    surplus: Decimal = ZERO
    bank_slip: str | None = None
    reversed: ActionStamp | None = Field(default=None, description="who took it back; it then counts no more")


class WrittenOff(Frozen):
    """A rest that is not claimed any more. `stamp` says who wrote it off, when and why."""

    kind: WriteOffKind
    amount: Decimal
    stamp: ActionStamp
    reversed: ActionStamp | None = Field(default=None, description="who reversed the payment that it had completed")


class UndoStep(Frozen):
    """An edit of the draft that can be undone: `back` is the patch from the edited content to the one before."""

    revision: int
    by: str
    back: Patch
    size: int = Field(description="of `back` as JSON, in characters")


class Note(Frozen):
    """A note for operators, e.g. on a message that was ignored (docs/specification/temporal.md 1.2)."""

    at: datetime
    text: str


class Invoice(Frozen):
    """One invoice at one revision.

    The fields from `created` to `held` say who did it and when. JSON of this model is in histories and in PostgreSQL.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    id: str
    workflow_id: str
    request: DraftRequest
    status: Status = Status.DRAFT
    revision: int = 0
    content: Content
    number: Number | None = None
    digest: str | None = Field(default=None, description="of the frozen content; an approval must name it")
    document: Document | None = None
    archived: Archived | None = None
    effects: tuple[Effect, ...] = ()
    payments: tuple[Payment, ...] = ()
    write_offs: tuple[WrittenOff, ...] = ()
    due: date | None = None
    overdue: bool = False
    reminded: tuple[int, ...] = Field(default=(), description="days after the due date whose reminder was processed")
    created: ActionStamp
    finalized: ActionStamp | None = None
    approved: ActionStamp | None = None
    declined: ActionStamp | None = None
    sent: ActionStamp | None = None
    accepted: ActionStamp | None = None
    rejected: ActionStamp | None = None
    uploaded: ActionStamp | None = None
    portal_submission_id: str | None = None
    submissions: tuple[Submission, ...] = Field(default=(), exclude_if=lambda submissions: not submissions)
    rejection: Rejection | None = Field(default=None, exclude_if=lambda rejection: rejection is None)
    voided: ActionStamp | None = None
    closed_at: datetime | None = None
    held: ActionStamp | None = None
    undoable: tuple[UndoStep, ...] = Field(default=(), description="the draft's newest edits, the newest one last")
    makers: tuple[str, ...] = Field(default=(), description="who edited the draft since it was last computed")
    late: LateWork | None = Field(default=None, description="the last comparison with today's contract data")
    bounces: tuple[Bounce, ...] = Field(default=(), exclude_if=lambda bounces: not bounces)
    fired: tuple[FiredDeadline, ...] = Field(default=(), exclude_if=lambda fired: not fired)
    act: ActState | None = Field(default=None, exclude_if=lambda act: act is None, description="as it was seen last")
    notes: tuple[Note, ...] = ()
    request_fingerprints: tuple[str, ...] = Field(
        default=(), alias="request_ids", description="of the newest commands that had an idempotency key"
    )
    journal: tuple[Event, ...] = Field(default=(), description="events that are not yet saved in PostgreSQL")
    chain: str = Field(default=GENESIS, description="hash of the newest event")

    @property
    def kind(self) -> Kind:
        return self.content.basis.kind

    @property
    def total(self) -> Decimal:
        return self.content.totals.total_amount

    @property
    def standing_payments(self) -> tuple[Payment, ...]:
        """The payments that were not reversed."""
        return tuple(payment for payment in self.payments if payment.reversed is None)

    @property
    def paid(self) -> Decimal:
        return total(payment.amount - payment.surplus for payment in self.standing_payments)

    @property
    def credit(self) -> Decimal:
        """The client's money that covers nothing of this invoice: it is to be paid back or set off."""
        return total(payment.surplus for payment in self.standing_payments)

    @property
    def written_off(self) -> Decimal:
        return total(each.amount for each in self.write_offs if each.reversed is None)

    @property
    def payable(self) -> Decimal:
        """What payments have to cover: the total without write-offs, and nothing of a void or discarded invoice."""
        return ZERO if self.status in WITHDRAWN else self.total - self.written_off

    @property
    def balance(self) -> Decimal:
        """The payable amount minus payments."""
        return self.payable - self.paid

    @property
    def display_number(self) -> str | None:
        return self.number.display if self.number else None

    @property
    def milestone(self) -> str | None:
        return milestone(self.kind, self.status)

    @property
    def is_final(self) -> bool:
        return is_final(self.kind, self.status)

    @property
    def is_complete(self) -> bool:
        """Whether it is final and no effect is open or blocked, so that its workflow ends."""
        return self.is_final and not self.open_effects and not self.blocked

    @property
    def is_live(self) -> bool:
        """Whether its worklogs stand on it: it is neither withdrawn nor finally rejected."""
        return self.status not in WITHDRAWN and not (self.status is Status.REJECTED and self.is_final)

    @property
    def claimed_worklogs(self) -> tuple[str, ...]:
        """The worklogs that stand on it, sorted, so that concurrent claims lock them in one order."""
        return tuple(sorted(worklogs_of(self.content))) if self.is_live else ()

    @property
    def open_effects(self) -> tuple[Effect, ...]:
        return tuple(effect for effect in self.effects if effect.is_open)

    @property
    def blocked(self) -> tuple[Effect, ...]:
        return tuple(effect for effect in self.effects if effect.is_blocked)

    @property
    def is_busy(self) -> bool:
        """Whether content, number or document are being fetched. A draft must not change meanwhile."""
        return any(effect.channel is EffectChannel.DOCUMENT for effect in self.open_effects)

    @property
    def is_comparing(self) -> bool:
        return any(effect.name is EffectName.FACTS_CHECK for effect in self.open_effects)

    @property
    def is_posting(self) -> bool:
        return any(effect.name is EffectName.ACCOUNTING for effect in self.open_effects)

    @property
    def awaits_money(self) -> bool:
        return self.status in AWAITS_MONEY

    def effect(self, key: str) -> Effect | None:
        return next((effect for effect in self.effects if effect.key == key), None)

    def latest_effect(self, name: EffectName) -> Effect | None:
        """Return the newest effect of this name, or None."""
        return next((effect for effect in reversed(self.effects) if effect.name is name), None)

    def completed_effect(self, name: EffectName) -> Effect | None:
        """Return the newest effect of this name if it has completed, otherwise None."""
        found = self.latest_effect(name)
        return found if found and found.state is EffectState.DONE else None

    def due_date_by_terms(self) -> date:
        """Return the invoice date plus the payment days.

        A partner invoice has no due date before its upload, with which its payment days start
        (docs/specification/lifecycle.md 9.1).
        """
        return due_date(self.content.invoice_date, self.content.payment_days)
