"""What goes into an invoice's workflow at its start, and what its updates answer."""

from pydantic import Field

from models.invoice.editing.prefill_edit import EditedPrefill
from models.invoice.invoice import DraftRequest, Invoice
from models.invoice.status import Status
from models.values.base_models import Frozen


class InvoiceStart(Frozen):
    """Either a request for a new draft, or the invoice that the run before handed over at continue-as-new."""

    request: DraftRequest
    invoice: Invoice | None = None
    patient: bool = Field(default=False, description="nobody waits: keep trying when ClickHouse is down")
    prefilled: bool = Field(default=False, description="a monthly run has prepared the draft's content")
    wanted: EditedPrefill | None = Field(default=None, description="the draft is edited to say this, or is not made")
    longest_history: int | None = Field(default=None, description="continue as new above so many events")


class Answer(Frozen):
    """The read model in PostgreSQL is at `revision` already when this is answered."""

    revision: int
    status: Status


class Opened(Frozen):
    invoice_id: str
    workflow_id: str
    revision: int
    created_by_request: str | None
