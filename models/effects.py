"""External effects owed by an invoice: an outbox inside its state (docs/specification/effects.md 1).

One effect has one key, `{invoice}:{revision}:{effect}`, with no attempt number and no clock: every retry, restart and
reset means the same effect. Effects of one channel run in order; channels run beside each other, so that one vendor's
outage stops no other.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from models.frozen import Frozen


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


class EffectChannel(StrEnum):
    DOCUMENT = "document"
    ARCHIVE = "archive"
    ACCOUNTING = "accounting"
    DELIVERY = "delivery"
    EINVOICE = "einvoice"
    MAIL = "mail"
    EINVOICE_WATCH = "einvoice_watch"
    FACTS = "facts"


CHANNELS = {
    EffectName.REDRAFT: EffectChannel.DOCUMENT,
    EffectName.FACTS_CHECK: EffectChannel.FACTS,
    EffectName.NUMBER: EffectChannel.DOCUMENT,
    EffectName.DOCUMENT: EffectChannel.DOCUMENT,
    EffectName.ARCHIVE: EffectChannel.ARCHIVE,
    EffectName.ARCHIVE_KEEP: EffectChannel.ARCHIVE,
    EffectName.ACCOUNTING: EffectChannel.ACCOUNTING,
    EffectName.ACCOUNTING_REVERSAL: EffectChannel.ACCOUNTING,
    EffectName.NOTICE: EffectChannel.MAIL,
    EffectName.EMAIL: EffectChannel.DELIVERY,
    EffectName.EINVOICE: EffectChannel.EINVOICE,
    EffectName.EINVOICE_CANCEL: EffectChannel.EINVOICE,
    EffectName.EINVOICE_SIGNATURE: EffectChannel.EINVOICE_WATCH,
    EffectName.EINVOICE_ANSWER: EffectChannel.EINVOICE_WATCH,
    EffectName.REMINDER: EffectChannel.MAIL,
}

# These wait for a person at the other end, for days; they write nothing and hold nothing up.
WATCHES = frozenset({EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_ANSWER})


# Made again only when what an earlier approval made is known to be taken back: or the vendor would have both.
TAKEN_BACK_BY = {
    EffectName.ACCOUNTING: EffectName.ACCOUNTING_REVERSAL,
    EffectName.EINVOICE: EffectName.EINVOICE_CANCEL,
}


class EffectState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    UNKNOWN = "unknown"
    FAILED = "failed"
    SKIPPED = "skipped"


class Effect(Frozen):
    key: str
    name: EffectName
    state: EffectState = EffectState.PENDING
    owed_at: datetime
    revision: int
    vendor_id: str | None = None
    receipt: dict[str, str] = {}
    attempts: int = 0
    error: str | None = None
    argument: dict[str, str] = Field(default={}, description="what only this effect needs, e.g. which reminder")

    @property
    def channel(self) -> EffectChannel:
        return CHANNELS[self.name]

    @property
    def is_open(self) -> bool:
        return self.state is EffectState.PENDING

    @property
    def needs_a_person(self) -> bool:
        return self.state in (EffectState.FAILED, EffectState.UNKNOWN)


def next_in(channel: EffectChannel, effects: Sequence[Effect]) -> Effect | None:
    """What is to be done now, in the order in which it was owed."""
    unsettled = {effect.name for effect in effects if effect.is_open or effect.needs_a_person}
    waiting = (effect for effect in effects if effect.is_open and effect.channel is channel)
    return next((effect for effect in waiting if TAKEN_BACK_BY.get(effect.name) not in unsettled), None)


class Receipt(Frozen):
    """What an activity reports of an effect that is settled."""

    state: EffectState = EffectState.DONE
    vendor_id: str | None = None
    details: dict[str, str] = {}
    attempts: int = 1
    note: str | None = None
