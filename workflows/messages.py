"""What goes into an invoice's workflow at its start, and what its updates answer."""

from datetime import timedelta

from pydantic import Field

from models.contract_runs import MonthlyReport
from models.frozen import Frozen
from models.invoice import DraftRequest, Invoice
from models.periods import Period
from models.prefill_edit import EditedPrefill
from models.status import Status


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


class MonthlyStart(Frozen):
    """Without a period it is the month before the *scheduled* time of the run (docs/specification/temporal.md 6)."""

    period: Period | None = None
    by: str = "the monthly schedule"
    application_keys: tuple[str, ...] | None = Field(default=None, description="None: every active contract")
    report: MonthlyReport | None = None
    patience: timedelta = Field(
        default=timedelta(minutes=10), description="how long drafts are waited for before they are reported as pending"
    )
