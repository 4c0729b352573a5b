"""The report of a billing run: for each contract the new draft, the existing invoice, or the reason for neither."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from models.invoice.status import Status
from models.values.base_models import Frozen
from models.values.period import Period

WITHDRAWN = "Withdrawn"
STILL_WORKING = "StillWorking"
RUN_CANCELLED = "RunCancelled"


class DraftOutcome(StrEnum):
    """What a billing run achieved for a contract (docs/specification/lifecycle.md 10.2)."""

    CREATED = "created"
    ALREADY_THERE = "already_there"
    REFUSED = "refused"
    PENDING = "pending"  # the run no longer waits for the draft, but the draft's own workflow continues
    CANCELLED = "cancelled"  # a person cancelled the rest of the run before it had reached the contract


class InvoicedQuery(Frozen):
    """The contracts and the period whose invoices are looked up."""

    period: Period
    application_keys: tuple[str, ...]


class Invoiced(Frozen):
    """An existing invoice of a contract for a period."""

    application_key: str
    invoice_id: str
    workflow_id: str
    status: Status
    number: str | None = None


class InvoicedContracts(Frozen):
    """The invoices of several contracts for a period, at most one for each contract.

    `standing` holds valid invoices; `withdrawn` holds the last voided or discarded one of each other contract.
    """

    standing: tuple[Invoiced, ...] = ()
    withdrawn: tuple[Invoiced, ...] = ()


class ContractResult(Frozen):
    """The outcome for one contract. It is kept small, because a run carries one for each of up to 10,000 contracts."""

    application_key: str
    outcome: DraftOutcome
    invoice_id: str | None = None
    number: str | None = None
    status: Status | None = Field(default=None, description="at the time of the run")
    code: str | None = None
    message: str | None = None

    @classmethod
    def created(cls, invoice: Invoiced) -> Self:
        """Return the result for a draft that the run created."""
        return cls._with(invoice, DraftOutcome.CREATED)

    @classmethod
    def already_there(cls, invoice: Invoiced) -> Self:
        """Return the result for an invoice that existed before the run."""
        return cls._with(invoice, DraftOutcome.ALREADY_THERE)

    @classmethod
    def withdrawn(cls, invoice: Invoiced, period: Period) -> Self:
        """Return the refusal for a voided or discarded invoice: a run must not reverse a person's decision."""
        name = invoice.number or "The invoice"
        past = "voided" if invoice.status is Status.VOID else "discarded"
        return cls(
            application_key=invoice.application_key,
            outcome=DraftOutcome.REFUSED,
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            status=invoice.status,
            code=WITHDRAWN,
            message=f"{name} was {past} for {period.title}; generate a new draft by hand if one is needed.",
        )

    @classmethod
    def refused(cls, application_key: str, code: str, message: str) -> Self:
        """Return the result for a contract for which no draft can be made."""
        return cls(application_key=application_key, outcome=DraftOutcome.REFUSED, code=code, message=message)

    @classmethod
    def pending(cls, application_key: str, workflow_id: str) -> Self:
        """Return the result for a draft for which the run no longer waits."""
        message = f"The draft is still being made by the workflow {workflow_id}. Check again later."
        return cls(application_key=application_key, outcome=DraftOutcome.PENDING, code=STILL_WORKING, message=message)

    @classmethod
    def cancelled(cls, application_key: str, by: str) -> Self:
        """Return the result for a contract that the run had not reached when its rest was cancelled."""
        message = f"{by} cancelled the rest of the run before this contract was reached."
        return cls(application_key=application_key, outcome=DraftOutcome.CANCELLED, code=RUN_CANCELLED, message=message)

    @classmethod
    def _with(cls, invoice: Invoiced, outcome: DraftOutcome) -> Self:
        return cls(
            application_key=invoice.application_key,
            outcome=outcome,
            invoice_id=invoice.invoice_id,
            number=invoice.number,
            status=invoice.status,
        )


class Cancellation(Frozen):
    """Who cancelled the rest of a run, and when."""

    by: str
    at: datetime


class MonthlyReport(Frozen):
    """The results of a billing run so far; the report is complete when `remaining` is 0."""

    label: str
    period: Period | None = None
    results: tuple[ContractResult, ...] = ()
    remaining: int = 0
    cancellation: Cancellation | None = None

    def of(self, outcome: DraftOutcome) -> tuple[ContractResult, ...]:
        """Return the results with this outcome."""
        return tuple(result for result in self.results if result.outcome is outcome)

    @property
    def created(self) -> tuple[str, ...]:
        return tuple(result.application_key for result in self.of(DraftOutcome.CREATED))

    @property
    def already_there(self) -> tuple[str, ...]:
        return tuple(result.application_key for result in self.of(DraftOutcome.ALREADY_THERE))

    @property
    def refused(self) -> tuple[ContractResult, ...]:
        return self.of(DraftOutcome.REFUSED)

    @property
    def pending(self) -> tuple[str, ...]:
        return tuple(result.application_key for result in self.of(DraftOutcome.PENDING))

    def with_results(self, *results: ContractResult) -> Self:
        """Return the report with further results, ordered by contract key."""
        merged = sorted((*self.results, *results), key=lambda result: result.application_key)
        return self.model_copy(update={"results": tuple(merged), "remaining": self.remaining - len(results)})


SHOWN_ROWS = 100  # the Web UI shows about 20 KB of text


def run_current_details(report: MonthlyReport) -> str:
    """Return the run's current details: the Markdown that operators read in the Temporal Web UI."""
    cancelled = report.cancellation
    outcomes = [each for each in DraftOutcome if each is not DraftOutcome.CANCELLED or cancelled]
    counts = ", ".join(f"{len(report.of(outcome))} {outcome.replace('_', ' ')}" for outcome in outcomes)
    parts = [f"## Drafts for {report.label}\n\n{counts}, {report.remaining} to go."]
    if cancelled:
        parts.append(f"{_cell(cancelled.by)} cancelled the rest on {cancelled.at:%Y-%m-%d %H:%M} UTC.")
    explained = [result for result in report.results if result.message]
    if explained:
        rows = [f"| {each.application_key} | {_cell(each.message or '')} |" for each in explained[:SHOWN_ROWS]]
        parts.append("\n".join(["| no draft of | why |", "|---|---|", *rows]))
    if len(explained) > SHOWN_ROWS:
        parts.append(f"... and {len(explained) - SHOWN_ROWS} more; the API returns all of them.")
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    """Return the text as a cell of a Markdown table."""
    return " ".join(text.splitlines()).replace("|", "\\|")
