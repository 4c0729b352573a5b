"""What a run over many contracts reports: for each of them a draft made, one met, or the reason why there is none."""

from enum import StrEnum
from typing import Self

from pydantic import Field

from models.invoice.status import Status
from models.values.base_models import Frozen
from models.values.period import Period

WITHDRAWN = "Withdrawn"
STILL_WORKING = "StillWorking"


class DraftOutcome(StrEnum):
    CREATED = "created"
    ALREADY_THERE = "already_there"
    REFUSED = "refused"
    PENDING = "pending"  # the run has stopped waiting for it; its own workflow goes on


class InvoicedQuery(Frozen):
    period: Period
    application_keys: tuple[str, ...]


class Invoiced(Frozen):
    """An invoice that a contract has for a period."""

    application_key: str
    invoice_id: str
    workflow_id: str
    status: Status
    number: str | None = None


class InvoicedContracts(Frozen):
    """`standing`: one for each contract that is invoiced. `withdrawn`: the last one of those that are not any more."""

    standing: tuple[Invoiced, ...] = ()
    withdrawn: tuple[Invoiced, ...] = ()


class ContractResult(Frozen):
    """Kept small: a run of ten thousand contracts carries as many of them."""

    application_key: str
    outcome: DraftOutcome
    invoice_id: str | None = None
    number: str | None = None
    status: Status | None = Field(default=None, description="at the time of the run")
    code: str | None = None
    message: str | None = None

    @classmethod
    def created(cls, made: Invoiced) -> Self:
        return cls._with(made, DraftOutcome.CREATED)

    @classmethod
    def met(cls, found: Invoiced) -> Self:
        return cls._with(found, DraftOutcome.ALREADY_THERE)

    @classmethod
    def withdrawn(cls, found: Invoiced, period: Period) -> Self:
        """A void or a discard was somebody's decision; a run over many contracts must not undo it."""
        name = f"{found.number} was" if found.number else "The invoice was"
        past = "voided" if found.status is Status.VOID else "discarded"
        return cls(
            application_key=found.application_key,
            outcome=DraftOutcome.REFUSED,
            invoice_id=found.invoice_id,
            number=found.number,
            status=found.status,
            code=WITHDRAWN,
            message=f"{name} {past} for {period.title}; generate it anew by hand if there should be another.",
        )

    @classmethod
    def refused(cls, application_key: str, code: str, message: str) -> Self:
        return cls(application_key=application_key, outcome=DraftOutcome.REFUSED, code=code, message=message)

    @classmethod
    def pending(cls, application_key: str, workflow_id: str) -> Self:
        message = f"It is still being drafted; its workflow {workflow_id} goes on. Look again later."
        return cls(application_key=application_key, outcome=DraftOutcome.PENDING, code=STILL_WORKING, message=message)

    @classmethod
    def _with(cls, found: Invoiced, outcome: DraftOutcome) -> Self:
        return cls(
            application_key=found.application_key,
            outcome=outcome,
            invoice_id=found.invoice_id,
            number=found.number,
            status=found.status,
        )


class MonthlyReport(Frozen):
    """Complete when `remaining` is 0; until then what is known so far."""

    label: str
    period: Period | None = None
    results: tuple[ContractResult, ...] = ()
    remaining: int = 0

    def of(self, outcome: DraftOutcome) -> tuple[ContractResult, ...]:
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
        """In order of the keys, whoever came first."""
        merged = sorted((*self.results, *results), key=lambda result: result.application_key)
        return self.model_copy(update={"results": tuple(merged), "remaining": self.remaining - len(results)})


SHOWN_ROWS = 100  # the Web UI shows some 20 KB


def run_current_details(report: MonthlyReport) -> str:
    """The Markdown that operators read in the Temporal Web UI."""
    counts = ", ".join(f"{len(report.of(outcome))} {outcome.replace('_', ' ')}" for outcome in DraftOutcome)
    parts = [f"## Drafts for {report.label}\n\n{counts}, {report.remaining} to go."]
    explained = [result for result in report.results if result.message]
    if explained:
        rows = [f"| {each.application_key} | {_cell(each.message or '')} |" for each in explained[:SHOWN_ROWS]]
        parts.append("\n".join(["| no draft of | why |", "|---|---|", *rows]))
    if len(explained) > SHOWN_ROWS:
        parts.append(f"... and {len(explained) - SHOWN_ROWS} more; the API lists them all.")
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.splitlines()).replace("|", "\\|")
