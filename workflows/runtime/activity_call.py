"""How a workflow calls a port: by name, with its result type, its options and a line for the operators' timeline.

A cancelled call ends when the attempt under way has ended, so that what undoes an effect knows the attempt's outcome.
It may still come before the effect itself, where the vendor was slow to act: the ledger gives that its time.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.values.port import Input, Port, Result
    from workflows.runtime.activity_options import HEARTBEAT, Options


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
