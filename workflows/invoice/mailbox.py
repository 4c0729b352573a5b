"""The workflow that reads the mailbox of bounces and tells the invoices. A Schedule starts it every few minutes.

Each batch of messages is marked as read after every invoice of it was told (docs/specification/effects.md 7.6).
"""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.invoice.ports import MARK_READ, READ_BOUNCES, AddressedReport, ReadRequest
    from models.values.base_models import Frozen
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call_until_cancelled

# More messages wait for the next run, so that the history stays short.
BATCHES_PER_RUN = 10
READ = activity_options.Options(timedelta(minutes=5), RetryPolicy(maximum_attempts=3))


class MailboxReport(Frozen):
    """What one run found."""

    told: int = 0
    ended: int = 0
    unknown: int = 0

    @property
    def details(self) -> str:
        """The Markdown for operators."""
        return (
            f"- reports to invoices: {self.told}\n"
            f"- reports about invoices whose workflow has ended: {self.ended}\n"
            f"- notices about letters that Aktum did not send: {self.unknown}"
        )


@workflow.defn(name="ReadBounces")
class ReadBouncesWorkflow:
    """One reading of the mailbox."""

    @workflow.run
    async def run(self, _: Any = None) -> MailboxReport:
        """Return what was found when no message is left, or after the last batch of this run."""
        report = MailboxReport()
        for _batch in range(BATCHES_PER_RUN):
            found = await call_until_cancelled(READ_BOUNCES, ReadRequest(), READ, "read the mailbox of bounces")
            told = [await _tell(each) for each in found.bounces]
            report = MailboxReport(
                told=report.told + told.count(True),
                ended=report.ended + told.count(False),
                unknown=report.unknown + found.unknown,
            )
            workflow.set_current_details(report.details)
            if found.position is None:
                break
            await call_until_cancelled(
                MARK_READ, found.position, activity_options.RECORDS, f"read up to {found.position.uid}"
            )
        return report


async def _tell(bounce: AddressedReport) -> bool:
    """Send the report to the invoice; return whether its workflow still runs."""
    invoice: Any = workflow.get_external_workflow_handle(bounce.workflow_id)
    try:
        await invoice.signal("mail_bounced", bounce.report)
    except FailureError as error:
        if is_cancelled_exception(error):
            raise
        workflow.logger.warning("%s has ended; its bounce is not recorded: %s", bounce.workflow_id, error)
        return False
    return True
