"""Quotes for the API and the command line: make a draft, send a command, and tell of an opened link."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from models.quotes.content.content import QuoteContent
from models.quotes.quote.commands import OpenQuote, QuoteCommand
from workflows.client.deadline import deadline
from workflows.client.errors import WorkflowClosed, command_refusal_of, transport_error
from workflows.quotes.messages import QuoteAnswer, QuoteOpened, QuoteStart
from workflows.quotes.quote import QuoteWorkflow
from workflows.runtime import ids


async def create(
    client: Client, content: QuoteContent, by: str, idempotency_key: str, request_fingerprint: str, timeout: timedelta
) -> QuoteOpened:
    """Start the workflow of a quote, or join the one that the same request has started; return when it can be read.

    Raises WorkflowClosed if that quote has ended, OutcomeUnknown or TemporalUnavailable.
    """
    workflow_id = ids.quote(idempotency_key)
    start = WithStartWorkflowOperation(
        QuoteWorkflow.run,
        QuoteStart(content=content, by=by, request_fingerprint=request_fingerprint),
        id=workflow_id,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        static_summary="quote",
    )
    try:
        async with _answered(workflow_id, timeout):
            opened: QuoteOpened = await client.execute_update_with_start_workflow(
                "opened", start_workflow_operation=start, result_type=QuoteOpened, rpc_timeout=timeout
            )
    except WorkflowAlreadyStartedError as error:
        raise WorkflowClosed(workflow_id) from error
    return opened


async def send_command(
    client: Client, workflow_id: str, command: QuoteCommand, *, update_id: str | None, timeout: timedelta
) -> QuoteAnswer:
    """Send a command and return the quote's new revision and status.

    Raises CommandRefused, WorkflowClosed, OutcomeUnknown or TemporalUnavailable.
    """
    handle = client.get_workflow_handle(workflow_id)
    async with _answered(workflow_id, timeout):
        answer: QuoteAnswer = await handle.execute_update(
            str(command.name), command, id=update_id, result_type=QuoteAnswer, rpc_timeout=timeout
        )
    return answer


async def tell_opened(client: Client, workflow_id: str, command: OpenQuote, timeout: timedelta) -> None:
    """Tell the quote that its link was opened. The signal is durable; nobody waits for what it does.

    Raises WorkflowClosed, OutcomeUnknown or TemporalUnavailable.
    """
    handle = client.get_workflow_handle(workflow_id)
    async with _answered(workflow_id, timeout):
        await handle.signal(str(command.name), command, rpc_timeout=timeout)


@contextlib.asynccontextmanager
async def _answered(workflow_id: str, timeout: timedelta) -> AsyncIterator[None]:
    """Wait for an answer with a deadline, and raise the documented errors."""
    try:
        async with deadline(timeout, workflow_id):
            yield
    except WorkflowUpdateFailedError as error:
        raise command_refusal_of(error) from error
    except (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
        raise transport_error(error, workflow_id) from error
