"""The workflow that passes recorded events on to their consumers: one that runs for ever.

A look that finds nothing is a retry of the activity, which leaves nothing in the history. So an idle feed costs one
query in PostgreSQL and one attempt every few seconds, and a history only grows with what was passed on. Positions and
cursors are in PostgreSQL: nothing is lost when this workflow is ended, and a new one goes on where it stopped.
"""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.events.ports import PASS_ON, FeedRequest, Passed
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call_until_cancelled


@workflow.defn(name="EventFeed")
class EventFeedWorkflow:
    """The feed."""

    @workflow.run
    async def run(self, _: Any = None) -> None:
        """Pass on events until the history is long, and continue as new."""
        total = Passed()
        while not workflow.info().is_continue_as_new_suggested():
            passed = await call_until_cancelled(PASS_ON, FeedRequest(), activity_options.RECORDS, "pass on new events")
            total = Passed(
                published=total.published + passed.published,
                taken=total.taken + passed.taken,
                started=total.started + passed.started,
            )
            workflow.set_current_details(_details(total))
        workflow.continue_as_new()


def _details(passed: Passed) -> str:
    return (
        f"In this run:\n- events published: {passed.published}\n- events taken by consumers: {passed.taken}\n"
        f"- deliveries started: {passed.started}"
    )
