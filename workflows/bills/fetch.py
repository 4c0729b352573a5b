"""The monthly fetch: it asks the provider for the invoices of a month, and starts the workflow of each file.

The schedule starts it for each account; the month follows from the scheduled time, so that a run that is caught up
fetches the month that was missed. A provider that has made no invoice yet is asked again for ten days.
"""

from datetime import UTC, timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from models.bills.ingest import FetchReport
    from models.bills.ports import FETCH_INVOICES, FileToRead, InvoiceToFetch
    from models.values.period import Period
    from workflows.bills.file import VendorBillFileWorkflow
    from workflows.bills.messages import FetchStart, FileStart
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call_until_cancelled
    from workflows.runtime.conditions import pause
    from workflows.runtime.start_input import refusal

SCHEDULED_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")
ASK_AGAIN_AFTER = timedelta(hours=6)
MOST_LOOKS = 40


@workflow.defn(name="VendorBillFetch")
class VendorBillFetchWorkflow:
    """The fetch of one month of one account."""

    @workflow.run
    async def run(self, start: FetchStart | None = None) -> FetchReport:
        """Return which files were fetched; none if the provider has no invoice for the month after ten days."""
        if start is None:
            raise refusal()
        wanted = InvoiceToFetch(provider=start.provider, account=start.account, month=start.month or _month_before())
        report = start.report or FetchReport(month=wanted.month)
        queue = ids.bills_queue(workflow.info().task_queue)
        title = f"invoices of {wanted.account} for {wanted.month}"
        while not report.files and report.looks < MOST_LOOKS:
            if report.looks:
                await pause(ASK_AGAIN_AFTER, f"until the invoice for {wanted.month} is made")
            fetched = await call_until_cancelled(FETCH_INVOICES, wanted, activity_options.BATCH, title, queue)
            for file in fetched.files:
                await _start_file(file)
            digests = tuple(file.sha256 for file in fetched.files)
            report = report.model_copy(update={"files": digests, "looks": report.looks + 1})
            workflow.set_current_details(report.details)
        return report


def _month_before() -> str:
    """Return the month before the scheduled time; providers bill by months in UTC."""
    scheduled = workflow.info().typed_search_attributes.get(SCHEDULED_AT) or workflow.now()
    return Period.before(scheduled.astimezone(UTC).date()).label


async def _start_file(file: FileToRead) -> None:
    """Start the workflow of the file, unless it runs already."""
    try:
        await workflow.start_child_workflow(
            VendorBillFileWorkflow.run,
            FileStart(file=file),
            id=ids.bill_file(file.sha256),
            parent_close_policy=ParentClosePolicy.ABANDON,
            static_summary=file.name,
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.info("%s is being read already", file.name)
