"""The input of an invoice's workflow and the results of its updates."""

from pydantic import Field

from models.invoice.acts.act import ActChange
from models.invoice.content.draft_request import DraftRequest
from models.invoice.editing.prefill_edit import EditedPrefill
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.values.base_models import Frozen
from workflows.runtime.start_input import StartInput


class InvoiceStart(StartInput):
    """The input of a run: a request for a new draft, the invoice after a continue-as-new, or one that had ended."""

    request: DraftRequest
    invoice: Invoice | None = None
    patient: bool = Field(
        default=False, description="retry while ClickHouse is down, because no caller waits for the draft"
    )
    prefilled: bool = Field(default=False, description="a billing run has prepared the draft's content")
    wanted: EditedPrefill | None = Field(default=None, description="the edited prefill that the new draft must match")
    continues: str | None = Field(
        default=None, description="the id of an invoice whose workflow has ended; it continues as it is recorded"
    )
    act_change: ActChange | None = Field(
        default=None, description="a report about the act of an invoice whose workflow has ended"
    )
    longest_history: int | None = Field(default=None, description="continue as new above this number of events")


class Position(Frozen):
    """Where a workflow stands: its newest event, and why it has stopped if it has. `revision` is 0 before the draft."""

    revision: int
    chain: str
    stopped: str | None = None


class Answer(Frozen):
    """The result of a command; PostgreSQL already holds this revision."""

    revision: int
    status: Status


class Opened(Frozen):
    """The draft that can be read, with the fingerprint of the request that created it."""

    invoice_id: str
    workflow_id: str
    revision: int
    created_by_request: str | None
