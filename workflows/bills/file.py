"""The workflow of a file of vendor bills: it reads the file, and starts the workflow of each bill in it.

A bill is told of the file by a signal that starts its workflow if it does not run. So a corrected file reaches a bill
whose workflow still waits for finance, and a file that is read twice tells its bills nothing new. The bills are started
in pages, because one file may hold thousands of them.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.bills.ingest import FileReport
    from models.bills.ports import FILE_WORKFLOW, READ_FILE, START_BILLS, BillsToStart
    from workflows.bills.messages import FileStart
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call_until_cancelled
    from workflows.runtime.start_input import refusal

PAGES_PER_RUN = 50


@workflow.defn(name=FILE_WORKFLOW)
class VendorBillFileWorkflow:
    """The workflow of one file."""

    @workflow.init
    def __init__(self, start: FileStart | None = None) -> None:
        self._report = (start and start.report) or FileReport()

    @workflow.query
    def report(self) -> FileReport:
        """Return how far the file is."""
        return self._report

    @workflow.run
    async def run(self, start: FileStart | None = None) -> FileReport:
        """Return the report when the workflows of all bills are told of the file."""
        if start is None:
            raise refusal()
        task_queue = workflow.info().task_queue
        bills_queue = ids.bills_queue(task_queue)
        self._show(self._report)
        if self._report.read is None:
            title = f"read {start.file.name}"
            read = await call_until_cancelled(READ_FILE, start.file, activity_options.BILL_LINES, title, bills_queue)
            done = read.refusal is not None or not read.bills
            self._show(self._report.model_copy(update={"read": read, "is_complete": done}))
        pages = 0
        while not self._report.is_complete:
            if pages == PAGES_PER_RUN:
                workflow.continue_as_new(start.model_copy(update={"report": self._report}))
            page = BillsToStart(
                sha256=start.file.sha256,
                by=start.file.by,
                again=start.file.again,
                after=self._report.after,
                task_queue=task_queue,
            )
            title = f"start bills from {self._report.started + 1} on"
            started = await call_until_cancelled(START_BILLS, page, activity_options.BATCH, title, bills_queue)
            self._show(self._report.with_page(started.started, started.last))
            pages += 1
        return self._report

    def _show(self, report: FileReport) -> None:
        self._report = report
        workflow.set_current_details(report.details)
