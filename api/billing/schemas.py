"""Response schemas of billing runs: a row for each contract, and the progress of the run."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from api.http.envelopes import is_none
from models.billing.billing_run import ContractResult, DraftOutcome
from models.invoice.status import Status
from workflows.client.billing_runs import Run, RunState


class ContractResultView(BaseModel):
    """The result of one contract. `id`, `display_number` and `status` are those of its invoice, when it has one."""

    application_key: str
    outcome: DraftOutcome
    id: str | None
    display_number: str | None
    status: Status | None
    code: str | None = Field(default=None, exclude_if=is_none, description="why it has none, e.g. CustomerNotFound")
    message: str | None = Field(default=None, exclude_if=is_none)

    @classmethod
    def of(cls, result: ContractResult) -> "ContractResultView":
        return cls(
            application_key=result.application_key,
            outcome=result.outcome,
            id=result.invoice_id,
            display_number=result.number,
            status=result.status,
            code=result.code,
            message=result.message,
        )


class RunMeta(BaseModel):
    run_id: str = Field(description="read it again at /invoices/runs/{run_id}")
    state: RunState
    period_start: date | None
    period_end: date | None
    created: int
    already_there: int
    refused: int
    pending: int
    cancelled: int
    remaining: int = Field(description="contracts without a result yet")
    cancelled_by: str | None = Field(default=None, exclude_if=is_none, description="who cancelled the rest of the run")
    cancelled_at: datetime | None = Field(default=None, exclude_if=is_none)
    message: str | None = Field(default=None, exclude_if=is_none, description="what it waits for, or why it failed")


class RunSummary(RunMeta):
    """A run in the list, without its rows."""

    started_at: datetime | None
    ended_at: datetime | None = Field(description="null while it runs")

    @classmethod
    def of(cls, run: Run) -> "RunSummary":
        return cls(**run_meta(run).model_dump(), started_at=run.started_at, ended_at=run.ended_at)


def run_meta(run: Run) -> RunMeta:
    """Return the state of the run, with the number of contracts of each outcome."""
    report = run.report
    counts = {outcome.value: len(report.of(outcome)) for outcome in DraftOutcome}
    return RunMeta(
        run_id=run.id,
        state=run.state,
        period_start=report.period.start if report.period else None,
        period_end=report.period.end if report.period else None,
        remaining=report.remaining,
        cancelled_by=report.cancellation.by if report.cancellation else None,
        cancelled_at=report.cancellation.at if report.cancellation else None,
        message=run.problem,
        **counts,
    )


class RunAnswer(BaseModel):
    data: list[ContractResultView]
    meta: RunMeta
    error: None = None

    @classmethod
    def of(cls, run: Run) -> "RunAnswer":
        return cls(data=[ContractResultView.of(result) for result in run.report.results], meta=run_meta(run))
