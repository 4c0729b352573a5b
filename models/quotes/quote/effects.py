"""The external effects of a quote: the outbox in its state, and the table that specifies each effect.

Keys, states and receipts are those of invoices, so that the same ledger executes them
(docs/specification/effects.md 1.3, 2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from pydantic import Field

from models.invoice.effects import EffectState
from models.values.base_models import Frozen


class QuoteEffectName(StrEnum):
    NUMBER = "quote_number"
    DOCUMENT = "quote_document"
    ARCHIVE = "quote_archive"
    EMAIL = "quote_email"
    REMINDER = "quote_reminder"
    NOTICE = "quote_notice"
    TERMS = "quote_terms"


# Add new channels at the end: their order determines the order of commands in the history of every running quote.
class QuoteChannel(StrEnum):
    DOCUMENT = "document"
    ARCHIVE = "archive"
    MAIL = "mail"
    TERMS = "terms"


@dataclass(frozen=True)
class QuoteEffectSpec:
    """What is the same for all effects of one name."""

    channel: QuoteChannel
    activity: str
    cancelled_by_refusal: bool = False  # a refusal cancels the effect instead of blocking the quote
    cancelled_when_answered: bool = False  # no longer needed when the quote is answered, expired or withdrawn


QUOTE_EFFECTS: Mapping[QuoteEffectName, QuoteEffectSpec] = MappingProxyType(
    {
        QuoteEffectName.NUMBER: QuoteEffectSpec(QuoteChannel.DOCUMENT, "quotes.take_number", cancelled_by_refusal=True),
        QuoteEffectName.DOCUMENT: QuoteEffectSpec(QuoteChannel.DOCUMENT, "quotes.render", cancelled_by_refusal=True),
        QuoteEffectName.ARCHIVE: QuoteEffectSpec(QuoteChannel.ARCHIVE, "archive.store_quote"),
        QuoteEffectName.EMAIL: QuoteEffectSpec(QuoteChannel.MAIL, "mail.deliver_quote", cancelled_when_answered=True),
        QuoteEffectName.REMINDER: QuoteEffectSpec(QuoteChannel.MAIL, "mail.remind_quote", cancelled_when_answered=True),
        QuoteEffectName.NOTICE: QuoteEffectSpec(QuoteChannel.MAIL, "mail.quote_notice"),
        QuoteEffectName.TERMS: QuoteEffectSpec(QuoteChannel.TERMS, "quotes.write_terms", cancelled_by_refusal=True),
    }
)


class QuoteEffect(Frozen):
    """One entry of the outbox. `owed_at` is the time at which it was enqueued."""

    key: str
    name: QuoteEffectName
    state: EffectState = EffectState.PENDING
    owed_at: datetime
    revision: int
    version: int = Field(description="the version of the quote that it is about")
    vendor_id: str | None = None
    receipt: dict[str, str] = {}
    attempts: int = 0
    error: str | None = None
    code: str | None = None
    argument: dict[str, str] = {}

    @property
    def spec(self) -> QuoteEffectSpec:
        return QUOTE_EFFECTS[self.name]

    @property
    def is_open(self) -> bool:
        return self.state is EffectState.PENDING

    @property
    def is_blocked(self) -> bool:
        return self.state in (EffectState.FAILED, EffectState.UNKNOWN)

    @property
    def is_unfinished(self) -> bool:
        return self.is_open or self.is_blocked


def next_quote_effect(channel: QuoteChannel, effects: Sequence[QuoteEffect]) -> QuoteEffect | None:
    """Return the channel's first open effect; None if there is none."""
    return next((effect for effect in effects if effect.is_open and effect.spec.channel is channel), None)
