"""The workflow of the daily snapshot of the finance dashboard. A day has one snapshot, whatever starts it again."""

from datetime import date, timedelta

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from models.accounting.ports import TAKE_SNAPSHOT, SnapshotRequest, SnapshotTaken
    from models.values.period import local_day
    from workflows.accounting.messages import SnapshotStart
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call
    from workflows.runtime.start_input import refusal

SCHEDULED_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


@workflow.defn(name="FinanceSnapshot")
class FinanceSnapshotWorkflow:
    """The snapshot of one day."""

    @workflow.run
    async def run(self, start: SnapshotStart | None = None) -> SnapshotTaken:
        """Take the snapshot; one that is stored already stays, unless it is to be replaced."""
        if start is None:
            raise refusal()
        day = start.day or _day_before(start.zone)
        request = SnapshotRequest(day=day, zone=start.zone, replace=start.replace)
        return await call(TAKE_SNAPSHOT, request, activity_options.RECORDS, f"snapshot of {day}")


def _day_before(zone: str) -> date:
    """Return the day before the scheduled one, so that a run that is caught up has the day that was missed."""
    scheduled = workflow.info().typed_search_attributes.get(SCHEDULED_AT)
    return local_day(scheduled or workflow.now(), zone) - timedelta(days=1)
