"""The delivery of webhooks: one workflow sends what one endpoint gets about one invoice, one event after another.

The feed starts it by signal, and it ends when nothing is left. The deliveries are in PostgreSQL; the workflow knows
only its lane. Between two attempts of a delivery it waits in a timer, which a signal ends: then it looks whether a
person has asked to send at once (docs/specification/events.md 6).
"""

from contextlib import suppress
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.events.webhooks.ports import ATTEMPT, DELIVERY_WORKFLOW, WAKE, Attempted, AttemptRequest, Outcome
    from workflows.events.messages import DeliveryStart
    from workflows.runtime import activity_options, ids
    from workflows.runtime.activity_call import call_until_cancelled
    from workflows.runtime.conditions import wait_until
    from workflows.runtime.start_input import refusal


@workflow.defn(name=DELIVERY_WORKFLOW)
class DeliverWebhooksWorkflow:
    """The deliveries of one lane."""

    @workflow.init
    def __init__(self, start: DeliveryStart | None = None) -> None:  # noqa: ARG002 - as `run` has it
        self._woken = False

    @workflow.signal(name=WAKE, description="Look for deliveries that are due")
    async def wake(self, _: Any = None) -> None:
        """Look again: there is a new delivery, or one is asked for again."""
        self._woken = True

    @workflow.run
    async def run(self, start: DeliveryStart | None = None) -> None:
        """Return when nothing is left to deliver."""
        if start is None:
            raise refusal()
        queue = ids.webhooks_queue(workflow.info().task_queue)
        while True:
            self._woken = False
            request = AttemptRequest(endpoint_id=start.endpoint_id, invoice_id=start.invoice_id, now=workflow.now())
            attempted = await call_until_cancelled(
                ATTEMPT, request, activity_options.WEBHOOK, "send the next event", queue
            )
            workflow.set_current_details(_details(attempted))
            if attempted.outcome is Outcome.NOTHING_LEFT and not self._woken:
                return
            if attempted.outcome is Outcome.RETRY:
                with suppress(TimeoutError):
                    await wait_until(
                        lambda: self._woken,
                        timeout=attempted.retry_in,
                        timeout_summary=f"next attempt of {attempted.event_id}",
                    )
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(start)


def _details(attempted: Attempted) -> str:
    match attempted.outcome:
        case Outcome.RETRY:
            return f"`{attempted.event_id}` is sent again in {attempted.retry_in}. {attempted.error or ''}"
        case Outcome.GIVEN_UP:
            return f"`{attempted.event_id}` was given up. {attempted.error or ''}"
        case Outcome.DELIVERED:
            return f"`{attempted.event_id}` was delivered."
    return "Everything was delivered or given up."
