"""The billing run: a draft for every active contract, each in its own workflow with a deterministic id.

Because of the ids, a repeated run creates no second draft. The Schedule, `generate-bulk` and the command line all start
this workflow. The records of many contracts are read with one query for each table (`PREPARE_BATCH`). A contract that
fails is listed with its reason and does not stop the others. Temporal reports a child that fails; a child that succeeds
runs for weeks, so the run looks for its draft in PostgreSQL.

A person may cancel the rest of a run. Contracts whose drafts were not begun are then reported as cancelled. A draft
that was begun belongs to its own workflow, which goes on; the run looks once more for it and ends. No patch is needed:
without the message a run gives the same commands as before (docs/specification/lifecycle.md 10.4).
"""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow
from temporalio.common import SearchAttributeKey, WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    WorkflowAlreadyStartedError,
)
from temporalio.workflow import ChildWorkflowHandle, ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.billing.billing_run import (
        Cancellation,
        ContractResult,
        InvoicedContracts,
        InvoicedQuery,
        MonthlyReport,
        run_current_details,
    )
    from models.billing.ports import ACTIVE_CONTRACTS, INVOICED, PREPARE_BATCH, Batch
    from models.contracts.ports import ContractQuery
    from models.invoice.content.draft_request import ContractPeriod, DraftRequest
    from models.values.period import BILLING_ZONE, Period, local_day
    from workflows.billing.messages import CancelRest, MonthlyStart
    from workflows.invoice.messages import Answer, InvoiceStart
    from workflows.invoice.workflow import InvoiceWorkflow
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call
    from workflows.runtime.conditions import wait_until
    from workflows.runtime.start_input import refusal

BATCH_SIZE = 200
# Children that continue count as pending children of the run that started them; the server allows 2,000.
BATCHES_PER_RUN = 5
SCHEDULED_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")

# Each pause between two look-ups is a quarter of the time waited so far, so that the history stays short.
MIN_PAUSE, MAX_PAUSE = timedelta(seconds=1), timedelta(seconds=30)

Child = ChildWorkflowHandle[InvoiceWorkflow, Answer]
T = TypeVar("T")


@workflow.defn(name="MonthlyDrafts")
class MonthlyDraftsWorkflow:
    """The workflow of one billing run."""

    @workflow.init
    def __init__(self, start: MonthlyStart | None = None) -> None:
        self._report = (start and start.report) or MonthlyReport(label="")

    @workflow.query
    def report(self) -> MonthlyReport:
        """Return the results so far."""
        return self._report

    @workflow.update(name="cancel_rest", description="Cancel the contracts that the run has not reached; drafts stay.")
    async def cancel_rest(self, request: CancelRest) -> Cancellation:
        """Note who cancelled the rest, and return it. A repetition changes nothing."""
        cancellation = self._report.cancellation or Cancellation(by=request.by, at=workflow.now())
        self._report = self._report.model_copy(update={"cancellation": cancellation})
        workflow.set_current_details(run_current_details(self._report))
        return cancellation

    @cancel_rest.validator
    def validate_cancel_rest(self, request: CancelRest) -> None:
        """Accept every request; the validator makes the SDK refuse an argument that cannot be read."""

    @workflow.run
    async def run(self, start: MonthlyStart | None = None) -> MonthlyReport:
        """Return the report when every contract has a result."""
        if start is None:
            raise refusal()
        self._start = start
        period = start.period or _scheduled_period()
        self._report = self._report.model_copy(update={"label": period.label, "period": period})
        keys = start.application_keys
        if keys is None:
            active = await self._unless_cancelled(
                call(ACTIVE_CONTRACTS, ContractQuery(), activity_options.PREFILL, "list the active contracts")
            )
            keys = active.keys if active else ()
        self._report = self._report.model_copy(update={"remaining": len(keys)})
        self._add_results()
        batches = 0
        while keys and self._report.cancellation is None:
            batch, keys = keys[:BATCH_SIZE], keys[BATCH_SIZE:]
            await self._draft_all(period, batch)
            batches += 1
            if self._report.cancellation is not None:
                break
            if keys and (batches == BATCHES_PER_RUN or workflow.info().is_continue_as_new_suggested()):
                remaining = {"period": period, "application_keys": keys, "report": self._report}
                workflow.continue_as_new(start.model_copy(update=remaining))
        if keys:
            self._add_cancelled(keys)
        return self._report

    def _add_results(self, *results: ContractResult) -> None:
        self._report = self._report.with_results(*results)
        workflow.set_current_details(run_current_details(self._report))

    def _add_cancelled(self, keys: Iterable[str]) -> None:
        assert self._report.cancellation is not None
        by = self._report.cancellation.by
        self._add_results(*(ContractResult.cancelled(key, by) for key in keys))

    async def _unless_cancelled(self, step: Awaitable[T]) -> T | None:
        """Return the result of the step; None when the rest of the run is cancelled, which ends the step."""
        task = asyncio.ensure_future(step)
        await wait_until(lambda: task.done() or self._report.cancellation is not None)
        if self._report.cancellation is None:
            return task.result()
        task.cancel()
        with suppress(ActivityError, asyncio.CancelledError):
            await task
        return None

    async def _draft_all(self, period: Period, keys: tuple[str, ...]) -> None:
        """Draft one batch of contracts; those that have an invoice already get none."""
        existing = await self._unless_cancelled(self._invoiced(period, keys))
        if existing is None:
            return self._add_cancelled(keys)
        self._add_results(
            *(ContractResult.already_there(each) for each in existing.standing),
            *(ContractResult.withdrawn(each, period) for each in existing.withdrawn),
        )
        done = {each.application_key for each in (*existing.standing, *existing.withdrawn)}
        open_keys = tuple(key for key in keys if key not in done)
        if not open_keys:
            return None
        batch = Batch(
            billing_run_id=workflow.info().workflow_id,
            period=period,
            invoice_date=local_day(workflow.now(), BILLING_ZONE),
            application_keys=open_keys,
        )
        prepared = await self._unless_cancelled(
            call(PREPARE_BATCH, batch, activity_options.BATCH, f"prepare {len(open_keys)} drafts")
        )
        if prepared is None:
            return self._add_cancelled(open_keys)
        self._add_results(*(ContractResult.refused(r.application_key, r.code, r.message) for r in prepared.refused))
        started = await asyncio.gather(
            *(self._start_invoice(key, period, batch.billing_run_id) for key in prepared.prepared)
        )
        return await self._await_drafts(period, dict(zip(prepared.prepared, started, strict=True)))

    async def _start_invoice(self, key: str, period: Period, billing_run_id: str) -> Child | None:
        """Return the child, or None if a workflow of this contract and period exists that has saved no draft yet."""
        subject = ContractPeriod(application_key=key, period=period)
        request = DraftRequest(subject=subject, by=self._start.by, billing_run_id=billing_run_id)
        try:
            return await workflow.start_child_workflow(
                InvoiceWorkflow.run,
                InvoiceStart(request=request, patient=True, prefilled=True),
                id=_invoice_workflow_id(key, period),
                parent_close_policy=ParentClosePolicy.ABANDON,
                # Only a workflow that failed to make a draft may be started again.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                static_summary=f"{key}, {period.title}",
                task_timeout=timedelta(seconds=10),
            )
        except WorkflowAlreadyStartedError:
            return None

    async def _await_drafts(self, period: Period, children: dict[str, Child | None]) -> None:
        """Wait until each draft is saved or refused. After the time limit the rest are reported as pending.

        When the rest of the run is cancelled, the drafts are looked for once more.
        """
        started_at = workflow.now()
        while children and (waited := workflow.now() - started_at) < self._start.patience:
            await _pause(children, min(max(waited / 4, MIN_PAUSE), MAX_PAUSE))
            existing = await self._invoiced(period, tuple(children))
            # A saved draft counts even if its workflow has failed since, so drafts replace refusals here.
            results = {each.application_key: each for each in (*_refused(children), *_drafted(existing, children))}
            for key in results:
                children.pop(key)
            self._add_results(*results.values())
            if self._report.cancellation is not None:
                break
        self._add_results(*(ContractResult.pending(key, _invoice_workflow_id(key, period)) for key in children))

    async def _invoiced(self, period: Period, keys: tuple[str, ...]) -> InvoicedContracts:
        query = InvoicedQuery(period=period, application_keys=keys)
        return await call(INVOICED, query, activity_options.RECORDS, f"invoices of {len(keys)} contracts")


def _invoice_workflow_id(key: str, period: Period) -> str:
    """Return the id of the contract's invoice. A run of an earlier release keeps the id that it has given."""
    workflow_id = ids.service_invoice(key, period)
    before = ids.service_invoice_before_digests(key, period)
    return workflow_id if workflow_id == before or workflow.patched("digest-in-workflow-id") else before


async def _pause(children: dict[str, Child | None], pause: timedelta) -> None:
    """Wait for the pause, or until all remaining children have ended."""
    try:
        await wait_until(
            lambda: all(child is not None and child.done() for child in children.values()),
            timeout=pause,
            timeout_summary="until the drafts are saved",
        )
    except TimeoutError:
        return


def _drafted(existing: InvoicedContracts, children: dict[str, Child | None]) -> Iterator[ContractResult]:
    """Return a result for each contract that has an invoice now."""
    for each in (*existing.standing, *existing.withdrawn):
        child = children[each.application_key]
        if child is None:
            yield ContractResult.already_there(each)
        elif each.workflow_id == child.id:  # the invoice of another workflow makes the child fail; see _refused
            yield ContractResult.created(each)


def _refused(children: dict[str, Child | None]) -> Iterator[ContractResult]:
    """Return a refusal for each child that failed."""
    for key, child in children.items():
        if child is not None and child.done() and (error := child.exception()):
            yield ContractResult.refused(key, *_reason(error))


def _reason(error: BaseException) -> tuple[str, str]:
    """Return the code and the message of a child's failure."""
    cause = error.cause if isinstance(error, ChildWorkflowError) else error
    if isinstance(cause, ApplicationError):
        return cause.type or "", cause.message
    return type(cause).__name__, f"The workflow ended without a draft: {cause}"


def _scheduled_period() -> Period:
    """Return the month before the scheduled time. The present time would be wrong for a catch-up or a backfill."""
    scheduled = workflow.info().typed_search_attributes.get(SCHEDULED_AT)
    return Period.before(local_day(scheduled or workflow.now(), BILLING_ZONE))
