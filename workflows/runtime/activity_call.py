"""The call of an activity by its port.

A cancelled call ends only when the running attempt has ended, so that a compensating effect knows the outcome of the
attempt. The vendor may act even later than that; the ledger waits for its settle time.
"""

import asyncio

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.values.failure_codes import Failure
    from models.values.port import Input, Port, Result
    from workflows.runtime.activity_options import HEARTBEAT, Options


async def call(
    port: Port[Input, Result], argument: Input, options: Options, summary: str, task_queue: str | None = None
) -> Result:
    """Return the activity's result; `summary` is the line that operators read in the timeline.

    Without a task queue the activity is executed on that of the workflow.

    Raises ActivityError, also for a result that does not fit. The result is decoded here, because the SDK would repeat
    the workflow task for ever if it could not decode it.
    """
    result = await workflow.execute_activity(
        port.name,
        argument,
        result_type=RawValue,
        task_queue=task_queue,
        start_to_close_timeout=options.start_to_close,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=options.retry,
        summary=summary[:90],
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )
    try:
        decoded = workflow.payload_converter().from_payload(result.payload, port.result)
        assert isinstance(decoded, port.result)
    except Exception:  # noqa: BLE001 - whatever the converter raises for what a person has typed
        workflow.logger.warning("the result of %s does not fit", port.name, exc_info=True)
        raise _failed_by_hand(port.name) from _unreadable(port.name)
    return decoded


async def call_until_cancelled(
    port: Port[Input, Result], argument: Input, options: Options, summary: str, task_queue: str | None = None
) -> Result:
    """Return the activity's result, for a workflow that has to end when it is asked to cancel.

    Raises as `call`, and CancelledError if the request came while the running attempt was awaited: the SDK returns the
    result of an attempt that completes, and forgets the request, so that the workflow would go on
    (docs/specification/temporal.md 9.6). The patch keeps the histories of workflows that did.
    """
    result = await call(port, argument, options, summary, task_queue)
    if workflow.cancellation_reason() is not None and workflow.patched("end-after-attempt"):
        raise asyncio.CancelledError
    return result


def _unreadable(activity_type: str) -> ApplicationError:
    """Return the error for a result that only a person can have given, by completing the activity by hand.

    It does not tell whether the activity has been executed, so the outcome is unknown.
    """
    return ApplicationError(
        f"Somebody completed the activity {activity_type} by hand, with a result that does not fit. Check in the other "
        "system whether it was executed, then retry or resolve this effect.",
        type=Failure.OUTCOME_UNKNOWN,
        non_retryable=True,
    )


def _failed_by_hand(activity_type: str) -> ActivityError:
    return ActivityError(
        "The activity was completed by hand.",
        scheduled_event_id=0,
        started_event_id=0,
        identity="",
        activity_type=activity_type,
        activity_id="",
        retry_state=None,
    )
