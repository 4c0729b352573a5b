"""The workflow of the daily summary. The Schedule starts it, and a day has one summary whatever starts it again.

It only stores the message. The feed sees it and starts the workflow of its chat.
"""

from datetime import date

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from models.notifications.ports import STORE_SUMMARY, SummaryRequest, SummaryStored
    from models.values.period import BILLING_ZONE, local_day
    from workflows.notifications.messages import SummaryStart
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call
    from workflows.runtime.start_input import refusal

SCHEDULED_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


@workflow.defn(name="TelegramSummary")
class TelegramSummaryWorkflow:
    """The summary of one day."""

    @workflow.run
    async def run(self, start: SummaryStart | None = None) -> SummaryStored:
        """Store the summary; one that is stored already is not stored again."""
        if start is None:
            raise refusal()
        day = start.day or _scheduled_day()
        return await call(STORE_SUMMARY, SummaryRequest(day=day), activity_options.RECORDS, f"summary of {day}")


def _scheduled_day() -> date:
    """Return the day for which the schedule started this workflow, so that one that is caught up has its own day."""
    scheduled = workflow.info().typed_search_attributes.get(SCHEDULED_AT)
    return local_day(scheduled or workflow.now(), BILLING_ZONE)
