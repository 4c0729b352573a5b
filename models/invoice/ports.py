"""The activities of an invoice: the name, the input and the result of each.

Workflows call activities by these names, and `activities/` implements them; neither imports the other.
"""

from datetime import date

from pydantic import Field

from models.invoice.acts.looks import Look
from models.invoice.bounces.report import BounceReport
from models.invoice.effects import EFFECTS, EffectName, Receipt
from models.invoice.invoice import Document, Invoice, Number
from models.values.base_models import Frozen
from models.values.port import Port


class NumberRequest(Frozen):
    invoice_id: str
    series: str
    invoice_date: date


class ClaimRequest(Frozen):
    """The worklogs to claim for an invoice at this revision, and others whose claim it gives up."""

    invoice_id: str
    application_key: str
    worklogs: tuple[str, ...] = ()
    release: tuple[str, ...] = ()
    revision: int


class Claimed(Frozen):
    """The number of worklogs that the invoice now holds of those it asked for: all of them."""

    worklogs: int


class Projected(Frozen):
    """The revision that is now saved in the read model."""

    revision: int


class RecordRequest(Frozen):
    """The invoice whose recorded state is read."""

    invoice_id: str


class EffectRequest(Frozen):
    """An effect to execute. The activity reads the content from PostgreSQL by `digest`, and the PDF by `document`.

    `revision` and `chain` are the newest event of the workflow that requests it. The ledger executes nothing that is
    requested on another history than the recorded one (docs/specification/effects.md 2.2).
    """

    key: str
    name: EffectName
    invoice_id: str
    workflow_id: str
    display_number: str
    digest: str
    document: Document | None = None
    due: date | None = None
    argument: dict[str, str] = {}
    revision: int | None = None
    chain: str | None = None
    look: Look | None = None  # why a watch looks again; None for the first time

    @property
    def owner_id(self) -> str:
        """The id of the invoice, as the ledger stores it."""
        return self.invoice_id


class AddressedReport(Frozen):
    """A bounce and the workflow of the invoice that it is about."""

    workflow_id: str
    report: BounceReport


class MailboxPosition(Frozen):
    """How far a folder has been read: its UIDVALIDITY and the UID of the last message."""

    folder: str
    uid_validity: int
    uid: int


class ReadRequest(Frozen):
    """The request to read the next messages of the mailbox."""


class ReadBounces(Frozen):
    """The bounces among the messages up to `position`, which is None if there are no new messages."""

    bounces: tuple[AddressedReport, ...] = ()
    unknown: int = Field(default=0, description="notices about letters that Aktum did not send")
    position: MailboxPosition | None = None


TAKE_NUMBER = Port("records.take_number", NumberRequest, Number)
CLAIM_WORKLOGS = Port("records.claim_worklogs", ClaimRequest, Claimed)
PROJECT = Port("records.project", Invoice, Projected)
READ_RECORD = Port("records.read", RecordRequest, Invoice)
READ_BOUNCES = Port("mail.read_bounces", ReadRequest, ReadBounces)
MARK_READ = Port("mail.mark_read", MailboxPosition, MailboxPosition)

# The activity that executes each effect that is not internal.
EFFECT_PORTS = {
    name: Port(spec.activity, EffectRequest, Receipt) for name, spec in EFFECTS.items() if spec.activity is not None
}
