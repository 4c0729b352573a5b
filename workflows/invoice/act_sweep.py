"""The sweep of acts: it searches Didox by update date for all invoices, and tells each invoice whose act has changed.

The Schedule starts it once an hour, and `aktum acts check` starts it at once. The sweep is recorded when it is
complete; if it fails before, the next one searches the same days again, and an invoice that knows a status is not told
of it (docs/specification/effects.md 5.9).
"""

import asyncio
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import FailureError, WorkflowAlreadyStartedError, is_cancelled_exception
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.invoice.acts.sweep import (
        FIND_CHANGED_ACTS,
        MARK_SWEPT,
        ActPageRequest,
        ActSweepReport,
        AddressedChange,
        Swept,
        act_sweep_summary,
    )
    from workflows.invoice.messages import InvoiceStart
    from workflows.invoice.search_attributes import at_start
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call_until_cancelled
    from workflows.runtime.start_input import StartInput, refusal

PAGES_PER_RUN = 20


class ActSweepStart(StartInput):
    """The input of a sweep. Both fields are carried over by a continue-as-new."""

    began_at: datetime | None = None
    report: ActSweepReport | None = None


@workflow.defn(name="ActSweep")
class ActSweepWorkflow:
    """The workflow of one sweep."""

    @workflow.init
    def __init__(self, start: ActSweepStart | None = None) -> None:
        self._report = (start and start.report) or ActSweepReport()

    @workflow.query
    def report(self) -> ActSweepReport:
        """Return the result so far."""
        return self._report

    @workflow.run
    async def run(self, start: ActSweepStart | None = None) -> ActSweepReport:
        """Return the report when every invoice whose act has changed was told."""
        if start is None:
            raise refusal()
        began_at = start.began_at or workflow.now()
        pages = 0
        while not self._report.is_complete:
            if pages == PAGES_PER_RUN:
                workflow.continue_as_new(ActSweepStart(began_at=began_at, report=self._report))
            await self._sweep_page()
            pages += 1
        if self._report.note is None:
            await call_until_cancelled(
                MARK_SWEPT, Swept(began_at=began_at), activity_options.RECORDS, "record the sweep"
            )
        return self._report

    async def _sweep_page(self) -> None:
        report = self._report
        request = ActPageRequest(type=report.types[0], page=report.page, since=report.since)
        title = f"documents {request.type}, page {request.page}"
        page = await call_until_cancelled(FIND_CHANGED_ACTS, request, activity_options.ACT_SWEEP, title)
        outcomes = await asyncio.gather(*map(_tell, page.changes))
        continued = await asyncio.gather(
            *(_continue(each) for each, told in zip(page.changes, outcomes, strict=True) if not told)
        )
        told = outcomes.count(True) + continued.count(True)
        self._report = report.with_page(page, told=told, continued=continued.count(True))
        workflow.set_current_details(act_sweep_summary(self._report))


async def _tell(each: AddressedChange) -> bool:
    """Send the change to the invoice; return whether its workflow still runs."""
    invoice: Any = workflow.get_external_workflow_handle(each.workflow_id)
    try:
        await invoice.signal("act_changed", each.change)
    except FailureError as error:
        if is_cancelled_exception(error):
            raise
        return False
    return True


async def _continue(each: AddressedChange) -> bool:
    """Continue an invoice whose workflow has ended; return False if it was continued by somebody else meanwhile.

    The next sweep tells it then.
    """
    start = InvoiceStart(request=each.request, continues=each.invoice_id, act_change=each.change)
    try:
        await workflow.start_child_workflow(
            "Invoice",
            start,
            id=each.workflow_id,
            parent_close_policy=ParentClosePolicy.ABANDON,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_summary=f"continued, because act {each.change.document_id} has changed",
            search_attributes=at_start(each.kind.value, each.period),
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
