"""The guard: a message with missing or surplus arguments must not stick an invoice's workflow.

Without it a wrong number of arguments raises TypeError inside the workflow task, which then repeats for ever
(reference/temporal.md 1.3). A bad signal is dropped and noted in the details; a bad update is refused.
"""

import inspect
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.worker import (
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)


class _Guard(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:
        refusal = _misfit(workflow.get_signal_handler(input.signal), input.args)
        if refusal is None:
            await super().handle_signal(input)
            return
        workflow.logger.warning("dropped signal %s: %s", input.signal, refusal)
        note = getattr(workflow.instance(), "note_ignored", None)
        if note is not None:
            note(input.signal, refusal)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        refusal = _misfit(workflow.get_update_handler(input.update), input.args)
        if refusal is not None:
            raise ApplicationError(f"{input.update}: {refusal}", type="InvalidChange", non_retryable=True)
        super().handle_update_validator(input)


def _misfit(handler: Any, args: Any) -> str | None:
    if handler is None:
        return None
    try:
        inspect.signature(handler).bind(*args)
    except TypeError:
        return f"it takes one JSON object, and {len(args)} arguments came"
    return None


class GuardMessages(Interceptor):
    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        return _Guard
