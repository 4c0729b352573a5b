"""The archive sweep: it compares the bucket with the database, page by page, and changes nothing.

The Schedule starts it each night, and `aktum archive check` starts it at once. What it finds is its result; a person
mends it (docs/specification/effects.md 6.9).
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.archive.ports import SWEEP_PORTS, SweepRequest
    from models.archive.sweep import Phase, SweepReport, sweep_current_details
    from models.values.period import BILLING_ZONE, local_day
    from workflows.archive.messages import SweepStart
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call_until_cancelled
    from workflows.runtime.start_input import refusal

PAGES_PER_RUN = 100
COMPARE_QUOTES = "compare-quotes"


@workflow.defn(name="ArchiveSweep")
class ArchiveSweepWorkflow:
    """The workflow of one sweep."""

    @workflow.init
    def __init__(self, start: SweepStart | None = None) -> None:
        self._report = (start and start.report) or SweepReport()

    @workflow.query
    def report(self) -> SweepReport:
        """Return the result so far."""
        return self._report

    @workflow.run
    async def run(self, start: SweepStart | None = None) -> SweepReport:
        """Return the report when every invoice, every quote and every object has been compared."""
        if start is None:
            raise refusal()
        day = start.day or local_day(workflow.now(), BILLING_ZONE).toordinal()
        pages = 0
        while not self._report.is_complete:
            if pages == PAGES_PER_RUN:
                workflow.continue_as_new(start.model_copy(update={"day": day, "report": self._report}))
            await self._compare_page(start, day)
            pages += 1
        return self._report

    async def _compare_page(self, start: SweepStart, day: int) -> None:
        report = self._report
        request = SweepRequest(after=report.after, room=report.room, day=day, read_every=start.read_every)
        compared = {Phase.INVOICES: report.invoices, Phase.QUOTES: report.quotes, Phase.OBJECTS: report.objects}
        title = f"compare {report.phase} from {compared[report.phase] + 1} on"
        page = await call_until_cancelled(SWEEP_PORTS[report.phase], request, activity_options.SWEEP, title)
        ends_invoices = report.phase is Phase.INVOICES and page.last is None
        has_quotes = not ends_invoices or workflow.patched(COMPARE_QUOTES)  # sweeps of earlier releases have none
        self._report = report.with_page(page, has_quotes=has_quotes)
        workflow.set_current_details(sweep_current_details(self._report))
