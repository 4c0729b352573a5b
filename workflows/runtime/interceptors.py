"""The guard against messages with a wrong number of arguments.

Without it such a message raises TypeError inside the workflow task, which then repeats for ever
(docs/specification/temporal.md 1.2). A bad signal is dropped and noted in the current details; a bad update is refused.
"""

from collections.abc import Sequence
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
    """Counts the arguments: every message takes at most one, an update of a command exactly one.

    The handlers' signatures cannot be used, because the SDK provides them wrapped as `(*args, **kwargs)`.
    """

    async def handle_signal(self, input: HandleSignalInput) -> None:
        if len(input.args) <= 1:
            await super().handle_signal(input)
            return
        refusal = _refusal(input.args)
        workflow.logger.warning("dropped signal %s: %s", input.signal, refusal)
        note = getattr(workflow.instance(), "add_ignored_note", None)
        if note is not None:
            note(input.signal, refusal)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        if len(input.args) != 1:
            raise _as_failure(input)
        super().handle_update_validator(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        """Check the arguments again, because an update without a validator has not been checked."""
        if len(input.args) > 1:
            raise _as_failure(input)
        return await super().handle_update_handler(input)


def _as_failure(input: HandleUpdateInput) -> ApplicationError:
    return ApplicationError(f"{input.update}: {_refusal(input.args)}", type="InvalidChange", non_retryable=True)


def _refusal(args: Sequence[Any]) -> str:
    return f"it takes one JSON object, and {len(args) or 'no'} arguments were given"


class GuardMessages(Interceptor):
    """The worker's and the replayer's interceptor that adds the guard to every workflow."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: ARG002 - the SDK's name
    ) -> type[WorkflowInboundInterceptor]:
        return _Guard
