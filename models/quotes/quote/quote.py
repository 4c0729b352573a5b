"""The state of one quote. Its workflow holds it, and the read model in PostgreSQL is projected from it."""

from datetime import date, datetime
from decimal import Decimal

from pydantic import ConfigDict, Field

from models.audit.hash_chain import GENESIS, Event
from models.invoice.invoice import ActionStamp, Archived, Document, Note, Number
from models.quotes.content.content import QuoteContent
from models.quotes.conversion.conversion import Conversion
from models.quotes.quote.effects import QuoteChannel, QuoteEffect, QuoteEffectName
from models.quotes.quote.status import QuoteStatus
from models.values.base_models import Frozen


class Version(Frozen):
    """A version as it was sent. Its content is stored under the digest, and its PDF under the SHA-256."""

    version: int
    digest: str
    document: Document
    sent: ActionStamp
    valid_until: date
    total_amount: Decimal
    by_mail: bool = False
    archived: Archived | None = None
    superseded_at: datetime | None = Field(default=None, description="when a newer version was begun")


class Link(Frozen):
    """A link for the client. Its token is computed from these fields and a secret, and is stored nowhere."""

    number: int
    version: int
    created: ActionStamp
    expires_at: datetime
    revoked: ActionStamp | None = None
    opened_at: datetime | None = Field(default=None, description="the first time")
    last_opened_at: datetime | None = None
    openings: int = Field(default=0, description="at most one an hour is counted")


class Acceptance(Frozen):
    """Who accepted which version, and how."""

    version: int
    digest: str
    at: datetime
    accepted_by: str = Field(description="the name of the person who accepts for the client")
    position: str
    order_number: str | None = None
    options: tuple[str, ...] = Field(default=(), description="the ids of the optional lines that were chosen")
    link: int | None = Field(default=None, description="the link by which it came; null: a person recorded it")
    recorded_by: str | None = None
    total_amount: Decimal


class Quote(Frozen):
    """One quote at one revision. JSON of this model is in histories and in PostgreSQL."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    id: str
    workflow_id: str
    status: QuoteStatus = QuoteStatus.DRAFT
    revision: int = 0
    version: int = Field(default=1, description="the version that is being written, or that was sent last")
    content_revision: int = Field(default=1, description="the revision that last changed the content of the draft")
    content: QuoteContent
    number: Number | None = None
    digest: str | None = Field(default=None, description="of the frozen content of this version")
    versions: tuple[Version, ...] = ()
    links: tuple[Link, ...] = ()
    effects: tuple[QuoteEffect, ...] = ()
    reminded: tuple[int, ...] = Field(default=(), description="days before the expiry whose reminder was processed")
    created: ActionStamp
    sending: ActionStamp | None = Field(default=None, description="who sends it, until its document is there")
    accepted: Acceptance | None = None
    declined: ActionStamp | None = None
    expired_at: datetime | None = None
    withdrawn: ActionStamp | None = None
    conversion: Conversion | None = None
    notes: tuple[Note, ...] = ()
    request_fingerprints: tuple[str, ...] = ()
    journal: tuple[Event, ...] = Field(default=(), description="events that are not yet saved in PostgreSQL")
    chain: str = Field(default=GENESIS, description="hash of the newest event")

    @property
    def display_number(self) -> str | None:
        return self.number.display if self.number else None

    @property
    def title(self) -> str:
        """The quote as messages and operators name it."""
        return self.display_number or "The quote"

    @property
    def sent_version(self) -> Version | None:
        """The newest version that was sent."""
        return self.versions[-1] if self.versions else None

    @property
    def is_current(self) -> bool:
        """Whether the newest version was sent and none newer is being written."""
        return self.sent_version is not None and self.sent_version.version == self.version

    @property
    def open_effects(self) -> tuple[QuoteEffect, ...]:
        return tuple(effect for effect in self.effects if effect.is_open)

    @property
    def blocked(self) -> tuple[QuoteEffect, ...]:
        return tuple(effect for effect in self.effects if effect.is_blocked)

    @property
    def is_busy(self) -> bool:
        """Whether the number or the document is being made. A draft must not change meanwhile."""
        return any(effect.spec.channel is QuoteChannel.DOCUMENT for effect in self.open_effects)

    @property
    def is_converting(self) -> bool:
        return any(effect.name is QuoteEffectName.TERMS for effect in self.open_effects)

    @property
    def live_link(self) -> Link | None:
        """The newest link of the current version that is not revoked."""
        live = (link for link in reversed(self.links) if link.revoked is None and link.version == self.version)
        return next(live, None)

    def effect(self, key: str) -> QuoteEffect | None:
        return next((effect for effect in self.effects if effect.key == key), None)

    def latest_effect(self, name: QuoteEffectName) -> QuoteEffect | None:
        """Return the newest effect of this name, or None."""
        return next((effect for effect in reversed(self.effects) if effect.name is name), None)

    def link(self, number: int) -> Link | None:
        return next((link for link in self.links if link.number == number), None)

    def sent_as(self, version: int) -> Version | None:
        return next((each for each in self.versions if each.version == version), None)
