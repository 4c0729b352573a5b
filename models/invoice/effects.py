"""The external effects of an invoice: the outbox in its state, and the table that specifies each effect.

The key of an effect is `{invoice}:{revision}:{effect}`. It holds neither an attempt number nor a time, so that every
retry, restart and reset refers to the same effect (docs/specification/effects.md 1.3). Effects of one channel run in
order. Channels run independently, so that the outage of one vendor does not stop the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from types import MappingProxyType

from pydantic import Field

from models.values.base_models import Frozen


class EffectName(StrEnum):
    REDRAFT = "redraft"
    FACTS_CHECK = "facts_check"
    NUMBER = "number"
    DOCUMENT = "document"
    ARCHIVE = "archive"
    ARCHIVE_KEEP = "archive_keep"
    ACCOUNTING = "accounting"
    ACCOUNTING_REVERSAL = "accounting_reversal"
    NOTICE = "notice"
    EMAIL = "email"
    EINVOICE = "einvoice"
    EINVOICE_SIGNATURE = "einvoice_signature"
    EINVOICE_ANSWER = "einvoice_answer"
    EINVOICE_CANCEL = "einvoice_cancel"
    REMINDER = "reminder"
    PAYMENT_POSTING = "payment_posting"
    PAYMENT_REVERSAL = "payment_reversal"
    BOUNCE_NOTICE = "bounce_notice"
    EINVOICE_SEND = "einvoice_send"
    DEADLINE_NOTICE = "deadline_notice"
    EINVOICE_CHECK = "einvoice_check"
    ORDERS_INVOICED = "orders_invoiced"
    ORDERS_SUBMITTED = "orders_submitted"
    ORDERS_COMPLETED = "orders_completed"
    ORDERS_RETURNED = "orders_returned"
    REVENUE = "revenue"
    REVENUE_REVERSAL = "revenue_reversal"


# Add new channels at the end: their order determines the order of commands in the history of every running invoice.
class EffectChannel(StrEnum):
    DOCUMENT = "document"
    ARCHIVE = "archive"
    ACCOUNTING = "accounting"
    DELIVERY = "delivery"
    EINVOICE = "einvoice"
    MAIL = "mail"
    EINVOICE_WATCH = "einvoice_watch"
    FACTS = "facts"
    ORDERS = "orders"


class EffectKind(Enum):
    INTERNAL = auto()
    """Executed by Aktum itself (`workflows/invoice/effects.py`). A person can retry it, but not resolve it."""
    EXTERNAL = auto()
    """Writes a record at a vendor exactly once, through the ledger."""
    WATCH = auto()
    """Waits for a person outside the company, possibly for days. It writes nothing and delays no other effect."""
    RECORD = auto()
    """Writes a row of Aktum's own database in one transaction; a repetition writes the same again."""
    ORDERS = auto()
    """Changes the orders of the invoice in one transaction, in which it is recorded (models/partners/ports.py)."""


class OnWithdrawal(Enum):
    """What happens to a pending effect when the invoice goes back to draft, is voided or finally rejected."""

    CANCEL = auto()
    COMPLETE_IF_VOID = auto()
    """Cancelled when the invoice goes back to draft; executed when it is voided, because it then keeps its number."""
    COMPLETE = auto()


@dataclass(frozen=True)
class EffectSpec:
    """What is the same for all effects of one name (docs/specification/effects.md 1.2)."""

    channel: EffectChannel
    kind: EffectKind = EffectKind.EXTERNAL
    activity: str | None = None  # the activity type recorded in histories; None for an internal effect
    on_withdrawal: OnWithdrawal = OnWithdrawal.CANCEL
    # The effect that undoes this one. This one is executed again only after that has completed; otherwise the vendor
    # would hold both records.
    compensated_by: EffectName | None = None
    delivers: bool = False  # no second delivery is started while it is unfinished
    cancelled_by_refusal: bool = False  # a refusal cancels the effect instead of blocking the invoice
    waits_for: str = ""  # who has to act before it can complete, as the current details show it


EFFECTS: Mapping[EffectName, EffectSpec] = MappingProxyType(
    {
        EffectName.REDRAFT: EffectSpec(
            EffectChannel.DOCUMENT,
            EffectKind.INTERNAL,
            on_withdrawal=OnWithdrawal.COMPLETE,
            cancelled_by_refusal=True,
        ),
        EffectName.FACTS_CHECK: EffectSpec(EffectChannel.FACTS, EffectKind.INTERNAL, cancelled_by_refusal=True),
        EffectName.NUMBER: EffectSpec(
            EffectChannel.DOCUMENT,
            EffectKind.INTERNAL,
            on_withdrawal=OnWithdrawal.COMPLETE,
            cancelled_by_refusal=True,
        ),
        EffectName.DOCUMENT: EffectSpec(EffectChannel.DOCUMENT, EffectKind.INTERNAL),
        EffectName.ARCHIVE: EffectSpec(
            EffectChannel.ARCHIVE, activity="archive.store", on_withdrawal=OnWithdrawal.COMPLETE_IF_VOID
        ),
        EffectName.ARCHIVE_KEEP: EffectSpec(
            EffectChannel.ARCHIVE, activity="archive.keep", on_withdrawal=OnWithdrawal.COMPLETE
        ),
        EffectName.ACCOUNTING: EffectSpec(
            EffectChannel.ACCOUNTING, activity="accounting.post", compensated_by=EffectName.ACCOUNTING_REVERSAL
        ),
        EffectName.ACCOUNTING_REVERSAL: EffectSpec(
            EffectChannel.ACCOUNTING, activity="accounting.reverse", on_withdrawal=OnWithdrawal.COMPLETE
        ),
        EffectName.NOTICE: EffectSpec(EffectChannel.MAIL, activity="mail.notice"),
        EffectName.EMAIL: EffectSpec(EffectChannel.DELIVERY, activity="mail.deliver", delivers=True),
        EffectName.EINVOICE: EffectSpec(
            EffectChannel.EINVOICE,
            activity="einvoice.create",
            compensated_by=EffectName.EINVOICE_CANCEL,
            delivers=True,
        ),
        EffectName.EINVOICE_SIGNATURE: EffectSpec(
            EffectChannel.EINVOICE_WATCH,
            EffectKind.WATCH,
            activity="einvoice.await_signature",
            delivers=True,
            waits_for="our signature in Didox",
        ),
        EffectName.EINVOICE_ANSWER: EffectSpec(
            EffectChannel.EINVOICE_WATCH,
            EffectKind.WATCH,
            activity="einvoice.await_answer",
            waits_for="the client's signature in Didox",
        ),
        EffectName.EINVOICE_CANCEL: EffectSpec(
            EffectChannel.EINVOICE, activity="einvoice.cancel", on_withdrawal=OnWithdrawal.COMPLETE
        ),
        EffectName.REMINDER: EffectSpec(EffectChannel.MAIL, activity="mail.remind"),
        # Money that was received is posted whatever happens to the invoice. A payment has its own reversal, so neither
        # waits for those of other payments.
        EffectName.PAYMENT_POSTING: EffectSpec(
            EffectChannel.ACCOUNTING, activity="accounting.post_payment", on_withdrawal=OnWithdrawal.COMPLETE
        ),
        EffectName.PAYMENT_REVERSAL: EffectSpec(
            EffectChannel.ACCOUNTING, activity="accounting.reverse_payment", on_withdrawal=OnWithdrawal.COMPLETE
        ),
        EffectName.BOUNCE_NOTICE: EffectSpec(EffectChannel.MAIL, activity="mail.bounce_notice"),
        EffectName.EINVOICE_SEND: EffectSpec(EffectChannel.EINVOICE, activity="einvoice.send"),
        EffectName.DEADLINE_NOTICE: EffectSpec(EffectChannel.MAIL, activity="mail.deadline_notice"),
        EffectName.EINVOICE_CHECK: EffectSpec(
            EffectChannel.EINVOICE_WATCH,
            EffectKind.WATCH,
            activity="einvoice.look",
            waits_for="a look at the act in Didox",
        ),
        EffectName.ORDERS_INVOICED: EffectSpec(EffectChannel.ORDERS, EffectKind.ORDERS),
        EffectName.ORDERS_SUBMITTED: EffectSpec(EffectChannel.ORDERS, EffectKind.ORDERS),
        EffectName.ORDERS_COMPLETED: EffectSpec(EffectChannel.ORDERS, EffectKind.ORDERS),
        EffectName.ORDERS_RETURNED: EffectSpec(
            EffectChannel.ORDERS, EffectKind.ORDERS, on_withdrawal=OnWithdrawal.COMPLETE
        ),
        EffectName.REVENUE: EffectSpec(
            EffectChannel.ORDERS, EffectKind.RECORD, activity="accounting.recognise_revenue"
        ),
        EffectName.REVENUE_REVERSAL: EffectSpec(
            EffectChannel.ORDERS,
            EffectKind.RECORD,
            activity="accounting.reverse_revenue",
            on_withdrawal=OnWithdrawal.COMPLETE,
        ),
    }
)

WATCHES = frozenset(name for name, spec in EFFECTS.items() if spec.kind is EffectKind.WATCH)
CANCELLED_ON_REOPEN = frozenset(
    name for name, spec in EFFECTS.items() if spec.on_withdrawal is not OnWithdrawal.COMPLETE
)
CANCELLED_ON_VOID = frozenset(name for name, spec in EFFECTS.items() if spec.on_withdrawal is OnWithdrawal.CANCEL)
COMPENSATED_BY = {name: spec.compensated_by for name, spec in EFFECTS.items() if spec.compensated_by}


class EffectState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SKIPPED = "skipped"


class Effect(Frozen):
    """One entry of the outbox. `owed_at` is the time at which it was enqueued."""

    key: str
    name: EffectName
    state: EffectState = EffectState.PENDING
    owed_at: datetime
    revision: int
    vendor_id: str | None = None
    receipt: dict[str, str] = {}
    attempts: int = 0
    error: str | None = None
    code: str | None = Field(default=None, description="of the error that cancelled it or let it fail")
    argument: dict[str, str] = Field(default={}, description="inputs of this effect only, e.g. the reminder's days")
    blocked_since: datetime | None = Field(default=None, exclude_if=lambda moment: moment is None)

    @property
    def spec(self) -> EffectSpec:
        return EFFECTS[self.name]

    @property
    def channel(self) -> EffectChannel:
        return self.spec.channel

    @property
    def is_open(self) -> bool:
        return self.state is EffectState.PENDING

    @property
    def is_blocked(self) -> bool:
        return self.state in (EffectState.FAILED, EffectState.UNKNOWN)

    @property
    def is_unfinished(self) -> bool:
        return self.is_open or self.is_blocked


def next_effect(channel: EffectChannel, effects: Sequence[Effect]) -> Effect | None:
    """Return the channel's first open effect that can be executed now, or None.

    An effect whose compensating effect is unfinished is passed over.
    """
    unfinished = {effect.name for effect in effects if effect.is_unfinished}
    waiting = (effect for effect in effects if effect.is_open and effect.channel is channel)
    return next((effect for effect in waiting if effect.spec.compensated_by not in unfinished), None)


class FailedAttempt(Frozen):
    """The newest failed attempt that is known of an activity; Temporal repeats it at `next_try_at`."""

    activity: str
    attempt: int
    error: str
    next_try_at: datetime | None = None


class Receipt(Frozen):
    """What an activity returns about an effect that has completed or was cancelled."""

    state: EffectState = EffectState.DONE
    vendor_id: str | None = None
    details: dict[str, str] = {}
    attempts: int = 1
    note: str | None = None
