"""The monthly run: a draft for every active contract, each its own workflow with an id that makes a rerun harmless.

Facts are fetched for many contracts with one query each (`PREPARE_BATCH`); a contract that fails is listed with its
reason and stops no other.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.invoice import DraftRequest
    from models.periods import Period, local_day
    from models.ports import ACTIVE_CONTRACTS, PREPARE_BATCH, Batch, ContractQuery
    from workflows import ids, options
    from workflows.calls import call
    from workflows.invoice import BILLING_ZONE, InvoiceWorkflow
    from workflows.messages import InvoiceStart, MonthlyReport, MonthlyStart

CHUNK = 200
SCHEDULED_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


@workflow.defn(name="MonthlyDrafts")
class MonthlyDraftsWorkflow:
    @workflow.init
    def __init__(self, start: MonthlyStart) -> None:
        self._start = start
        self._report = start.report or MonthlyReport(label="")

    @workflow.query
    def report(self) -> MonthlyReport:
        return self._report

    @workflow.run
    async def run(self, start: MonthlyStart) -> MonthlyReport:
        period = start.period or _scheduled_period()
        keys = start.application_keys
        if keys is None:
            found = await call(ACTIVE_CONTRACTS, ContractQuery(), options.PREFILL, "list the active contracts")
            keys = found.keys
        while keys:
            chunk, keys = keys[:CHUNK], keys[CHUNK:]
            await self._draft_all(period, chunk)
            self._report = self._report.model_copy(update={"label": period.label, "remaining": len(keys)})
            workflow.set_current_details(_details(self._report))
            if keys and workflow.info().is_continue_as_new_suggested():
                rest = {"period": period, "application_keys": keys, "report": self._report}
                workflow.continue_as_new(start.model_copy(update=rest))
        return self._report

    async def _draft_all(self, period: Period, keys: tuple[str, ...]) -> None:
        batch = Batch(
            run_id=workflow.info().workflow_id,
            period=period,
            invoice_date=local_day(workflow.now(), BILLING_ZONE),
            application_keys=keys,
        )
        prepared = await call(PREPARE_BATCH, batch, options.BATCH, f"facts of {len(keys)} contracts")
        created: list[str] = []
        already: list[str] = []
        for key in prepared.prepared:
            (created if await self._start_one(key, period, batch.run_id) else already).append(key)
        self._report = self._report.model_copy(
            update={
                "created": (*self._report.created, *created),
                "already_there": (*self._report.already_there, *already),
                "refused": (*self._report.refused, *prepared.refused),
            }
        )

    async def _start_one(self, key: str, period: Period, run_id: str) -> bool:
        request = DraftRequest(application_key=key, period=period, by=self._start.by, request_id=run_id)
        try:
            await workflow.start_child_workflow(
                InvoiceWorkflow.run,
                InvoiceStart(request=request, patient=True, prefilled=True),
                id=ids.service_invoice(key, period),
                parent_close_policy=ParentClosePolicy.ABANDON,
                # A draft that could not be made failed and may be made again; one that exists, or existed, may not.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                static_summary=f"{key}, {period.title}",
                task_timeout=timedelta(seconds=10),
            )
        except WorkflowAlreadyStartedError:
            return False
        return True


def _scheduled_period() -> Period:
    """From the scheduled time, not from now: a catch-up or a backfill must bill its own month."""
    scheduled = workflow.info().typed_search_attributes.get(SCHEDULED_AT)
    return Period.before(local_day(scheduled or workflow.now(), BILLING_ZONE))


def _details(report: MonthlyReport) -> str:
    head = (
        f"## Drafts for {report.label}\n\n{len(report.created)} created, {len(report.already_there)} already there, "
        f"{len(report.refused)} refused, {report.remaining} to go."
    )
    rows = "\n".join(f"| {r.application_key} | {r.message.replace('|', ' ')} |" for r in report.refused)
    return f"{head}\n\n| refused | why |\n|---|---|\n{rows}" if rows else head
