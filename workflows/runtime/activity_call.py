"""How a workflow calls a port: by name, with its result type, its options and a line for the operators' timeline.

A cancelled call ends when the attempt under way has ended, so that what undoes an effect knows the attempt's outcome.
It may still come before the effect itself, where the vendor was slow to act: the ledger gives that its time.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, RetryState, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.values.port import Input, Port, Result
    from workflows.runtime.activity_options import HEARTBEAT, ONCE, SHORTLY, Options

SHORT_STEPS_ARE_LOCAL = "short-steps-are-local"


async def call(port: Port[Input, Result], argument: Input, options: Options, summary: str) -> Result:
    return await workflow.execute_activity(  # type: ignore[no-any-return]
        port.name,
        argument,
        result_type=port.result,
        start_to_close_timeout=options.start_to_close,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=options.retry,
        summary=summary[:90],
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def call_short(port: Port[Input, Result], argument: Input, options: Options, summary: str) -> Result:
    """Call a port that usually answers within milliseconds: one try as a local activity, else as any other activity.

    A local activity runs within the workflow task, so it costs the server one event instead of a task of its own. It
    holds the workflow task meanwhile, which is why it has one try and few seconds, waiting for a place included: an
    outage is waited for outside the workflow task. A refusal for good is raised at once.
    """
    if workflow.patched(SHORT_STEPS_ARE_LOCAL):
        try:
            return await workflow.execute_local_activity(  # type: ignore[no-any-return]
                port.name,
                argument,
                result_type=port.result,
                schedule_to_close_timeout=SHORTLY,
                retry_policy=ONCE,
                summary=summary[:90],
                cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            )
        except ApplicationError as error:  # of a local activity it comes as it was raised
            if error.non_retryable:
                raise _refused(port.name, error) from error
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
    return await call(port, argument, options, summary)


def _refused(activity: str, error: ApplicationError) -> ActivityError:
    """What an ordinary activity raises when it was refused for good."""
    return ActivityError(
        str(error),
        scheduled_event_id=0,
        started_event_id=0,
        identity="",
        activity_type=activity,
        activity_id="",
        retry_state=RetryState.NON_RETRYABLE_FAILURE,
    )
