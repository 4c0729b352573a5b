"""The call of an activity by its port.

A cancelled call ends only when the running attempt has ended, so that a compensating effect knows the outcome of the
attempt. The vendor may act even later than that; the ledger waits for its settle time.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.values.port import Input, Port, Result
    from workflows.runtime.activity_options import HEARTBEAT, Options


async def call(port: Port[Input, Result], argument: Input, options: Options, summary: str) -> Result:
    """Return the activity's result; `summary` is the line that operators read in the timeline."""
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
