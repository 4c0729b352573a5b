"""What is asked of the outside world: each activity's name, its one input and its one result, and what the API reads.

`workflows/` call activities by name, `activities/` implement them; neither imports the other.
"""

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from pydantic import ConfigDict, Field

from models.content import Content
from models.contract_runs import InvoicedContracts, InvoicedQuery
from models.effects import EFFECTS, EffectName, Receipt
from models.facts import Application, Contact, Customer, Worklog
from models.frozen import Frozen
from models.invoice import Document, DraftRequest, Invoice, Number
from models.periods import Period
from models.worked import Worked, WorkedTotals

Input = TypeVar("Input")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Port(Generic[Input, Result]):
    name: str
    input: type[Input]
    result: type[Result]


class Failure:
    """Types of the non-retryable errors that activities raise; the workflow tells them apart by these names."""

    APPLICATION_NOT_FOUND = "ApplicationNotFound"
    CUSTOMER_NOT_FOUND = "CustomerNotFound"
    DRAFT_REFUSED = "DraftRefused"
    TERMS_MISSING = "TermsMissing"
    NUMBERING_REFUSED = "NumberingRefused"
    ALREADY_INVOICED = "AlreadyInvoiced"
    WAREHOUSE_TIMEOUT = "WarehouseTimeout"
    WAREHOUSE_UNAVAILABLE = "WarehouseUnavailable"
    RENDERING_REFUSED = "RenderingRefused"
    VENDOR_REFUSED = "VendorRefused"
    OUTCOME_UNKNOWN = "OutcomeUnknown"
    SWITCHED_OFF = "SwitchedOff"
    NO_ANSWER = "NoAnswer"
    AUDIT_BROKEN = "AuditBroken"
    ATTEMPT_RUNNING = "AttemptRunning"
    DOCUMENT_MISSING = "DocumentMissing"


class Drafting(Frozen):
    request: DraftRequest
    invoice_date: date
    prefilled: bool = False  # a monthly run has fetched the facts of many contracts at once; take them from there


class Batch(Frozen):
    """Contracts whose drafts one query shall prepare."""

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    billing_run_id: str = Field(alias="run_id")
    period: Period
    invoice_date: date
    application_keys: tuple[str, ...]


class Refusal(Frozen):
    application_key: str
    code: str
    message: str


class BatchResult(Frozen):
    prepared: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


class ContractQuery(Frozen):
    search: str | None = None
    page: int = 1
    per_page: int = 20


class Client(Frozen):
    application: Application
    customer: Customer | None = None


class UnreadableClient(Frozen):
    """A contract whose row in ClickHouse says something that cannot be billed."""

    application_key: str
    reason: str


class ClientPage(Frozen):
    items: tuple[Client, ...]
    total: int
    unreadable: tuple[UnreadableClient, ...] = ()


class ClientDetail(Client):
    contacts: tuple[Contact, ...] = ()


class WorklogQuery(Frozen):
    application_key: str
    period: Period
    page: int = 1
    per_page: int = 100


class WorklogPage(Frozen):
    """One page, as a busy month may be larger than a message; the totals are those of the whole period."""

    items: tuple[Worked, ...]
    total: int
    totals: WorkedTotals
    has_own_rule: bool


class LineWorklogsQuery(Frozen):
    """The worklogs that a line of an invoice names by their ids."""

    application_key: str
    period: Period
    worklog_ids: tuple[str, ...]


class LineWorklogs(Frozen):
    """Those that are still there, as they are now."""

    worklogs: tuple[Worklog, ...]


class ContractKeys(Frozen):
    keys: tuple[str, ...]


class NumberRequest(Frozen):
    invoice_id: str
    series: str
    invoice_date: date


class Rendering(Frozen):
    invoice_id: str
    display_number: str
    digest: str
    due: date
    content: Content


class Previewing(Frozen):
    """The page as it would print now; without a number, that of a draft."""

    content: Content
    display_number: str | None = None
    due: date | None = None
    as_override: bool = Field(default=False, description="the template's page to write an override from")


class PreviewPage(Frozen):
    html: str
    removed: tuple[str, ...] = Field(default=(), description="what an override held and a document may not")


class Projected(Frozen):
    revision: int


class EffectRequest(Frozen):
    """An effect to execute. What the document says is read from PostgreSQL by `digest`, its PDF by `document`."""

    key: str
    name: EffectName
    invoice_id: str
    workflow_id: str
    display_number: str
    digest: str
    document: Document | None = None
    due: date | None = None
    argument: dict[str, str] = {}


FETCH_DRAFT = Port("prefill.draft", Drafting, Content)
PREPARE_BATCH = Port("prefill.batch", Batch, BatchResult)
ACTIVE_CONTRACTS = Port("prefill.active_contracts", ContractQuery, ContractKeys)
INVOICED = Port("records.invoiced", InvoicedQuery, InvoicedContracts)
TAKE_NUMBER = Port("records.take_number", NumberRequest, Number)
PROJECT = Port("records.project", Invoice, Projected)
RENDER = Port("documents.render", Rendering, Document)

# The activity that executes each effect that is not internal.
EFFECT_PORTS = {
    name: Port(spec.activity, EffectRequest, Receipt) for name, spec in EFFECTS.items() if spec.activity is not None
}
