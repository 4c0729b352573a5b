"""The monthly run: a draft for every active contract, each its own workflow with an id that makes a rerun harmless.

The Schedule, `generate-bulk` and the command line all start this one. Facts are fetched for many contracts with one
query each (`PREPARE_BATCH`); a contract that fails is listed with its reason and stops no other. A child that fails is
told by Temporal; one that succeeds lives on for weeks, so its draft is looked for in PostgreSQL instead.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, ChildWorkflowError, WorkflowAlreadyStartedError
from temporalio.workflow import ChildWorkflowHandle, ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.billing.billing_run import (
        ContractResult,
        InvoicedContracts,
        InvoicedQuery,
        MonthlyReport,
        run_current_details,
    )
    from models.billing.ports import ACTIVE_CONTRACTS, INVOICED, PREPARE_BATCH, Batch
    from models.contracts.ports import ContractQuery
    from models.invoice.invoice import ContractPeriod, DraftRequest
    from models.values.period import BILLING_ZONE, Period, local_day
    from workflows.billing.messages import MonthlyStart
    from workflows.invoice.messages import Answer, InvoiceStart
    from workflows.invoice.workflow import InvoiceWorkflow
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call

CHUNK = 200
# Children that live on count as pending ones of the run that started them; the server allows 2,000.
CHUNKS_A_RUN = 5
SCHEDULED_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")

# The drafts are looked for after a quarter of the time that has passed, so that the history stays short.
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)

Child = ChildWorkflowHandle[InvoiceWorkflow, Answer]


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
        self._report = self._report.model_copy(update={"label": period.label, "period": period})
        keys = start.application_keys
        if keys is None:
            found = await call(ACTIVE_CONTRACTS, ContractQuery(), activity_options.PREFILL, "list the active contracts")
            keys = found.keys
        self._report = self._report.model_copy(update={"remaining": len(keys)})
        self._note()
        chunks = 0
        while keys:
            chunk, keys = keys[:CHUNK], keys[CHUNK:]
            await self._draft_all(period, chunk)
            chunks += 1
            if keys and (chunks == CHUNKS_A_RUN or workflow.info().is_continue_as_new_suggested()):
                rest = {"period": period, "application_keys": keys, "report": self._report}
                workflow.continue_as_new(start.model_copy(update=rest))
        return self._report

    def _note(self, *results: ContractResult) -> None:
        self._report = self._report.with_results(*results)
        workflow.set_current_details(run_current_details(self._report))

    async def _draft_all(self, period: Period, keys: tuple[str, ...]) -> None:
        found = await self._invoiced(period, keys)
        self._note(
            *(ContractResult.already_there(each) for each in found.standing),
            *(ContractResult.withdrawn(each, period) for each in found.withdrawn),
        )
        known = {each.application_key for each in (*found.standing, *found.withdrawn)}
        wanted = tuple(key for key in keys if key not in known)
        if not wanted:
            return
        batch = Batch(
            billing_run_id=workflow.info().workflow_id,
            period=period,
            invoice_date=local_day(workflow.now(), BILLING_ZONE),
            application_keys=wanted,
        )
        prepared = await call(PREPARE_BATCH, batch, activity_options.BATCH, f"facts of {len(wanted)} contracts")
        self._note(*(ContractResult.refused(r.application_key, r.code, r.message) for r in prepared.refused))
        started = await asyncio.gather(
            *(self._start_one(key, period, batch.billing_run_id) for key in prepared.prepared)
        )
        await self._await_drafts(period, dict(zip(prepared.prepared, started, strict=True)))

    async def _start_one(self, key: str, period: Period, billing_run_id: str) -> Child | None:
        """None when a workflow of this contract and period is there, although it has saved no draft yet."""
        subject = ContractPeriod(application_key=key, period=period)
        request = DraftRequest(subject=subject, by=self._start.by, billing_run_id=billing_run_id)
        try:
            return await workflow.start_child_workflow(
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
            return None

    async def _await_drafts(self, period: Period, children: dict[str, Child | None]) -> None:
        """Until each contract's draft is saved or refused; who takes too long is reported as pending."""
        begun = workflow.now()
        while children and (passed := workflow.now() - begun) < self._start.patience:
            await _pause(children, min(max(passed / 4, SHORTEST_PAUSE), LONGEST_PAUSE))
            found = await self._invoiced(period, tuple(children))
            # A draft that was saved counts, whatever became of its workflow since.
            news = {result.application_key: result for result in (*_refused(children), *_drafted(found, children))}
            for key in news:
                children.pop(key)
            self._note(*news.values())
        self._note(*(ContractResult.pending(key, ids.service_invoice(key, period)) for key in children))

    async def _invoiced(self, period: Period, keys: tuple[str, ...]) -> InvoicedContracts:
        query = InvoicedQuery(period=period, application_keys=keys)
        return await call(INVOICED, query, activity_options.RECORDS, f"invoices of {len(keys)} contracts")


async def _pause(children: dict[str, Child | None], pause: timedelta) -> None:
    """Shorter when all that are left have failed."""
    try:
        await workflow.wait_condition(
            lambda: all(child is not None and child.done() for child in children.values()),
            timeout=pause,
            timeout_summary="until the drafts are saved",
        )
    except TimeoutError:
        return


def _drafted(found: InvoicedContracts, children: dict[str, Child | None]) -> Iterator[ContractResult]:
    for each in (*found.standing, *found.withdrawn):
        child = children[each.application_key]
        if child is None:
            yield ContractResult.already_there(each)
        elif each.workflow_id == child.id:  # another's invoice would stand in its way, and it will be refused
            yield ContractResult.created(each)


def _refused(children: dict[str, Child | None]) -> Iterator[ContractResult]:
    for key, child in children.items():
        if child is not None and child.done() and (error := child.exception()):
            yield ContractResult.refused(key, *_why(error))


def _why(error: BaseException) -> tuple[str, str]:
    cause = error.cause if isinstance(error, ChildWorkflowError) else error
    if isinstance(cause, ApplicationError):
        return cause.type or "", cause.message
    return type(cause).__name__, f"Its workflow ended without a draft: {cause}"


def _scheduled_period() -> Period:
    """From the scheduled time, not from now: a catch-up or a backfill must bill its own month."""
    scheduled = workflow.info().typed_search_attributes.get(SCHEDULED_AT)
    return Period.before(local_day(scheduled or workflow.now(), BILLING_ZONE))
