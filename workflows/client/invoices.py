"""What the API and the command line ask of the workflows, and how an answer, a refusal or silence is told apart."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import (
    ApplicationError,
    TimeoutError,
    WorkflowAlreadyStartedError,
)
from temporalio.service import RPCError

from models.invoice.commands import Command
from models.invoice.editing.prefill_edit import EditedPrefill
from models.invoice.errors import InvalidChange
from models.invoice.invoice import DraftRequest
from workflows.client.errors import (
    OutcomeUnknown,
    WorkflowClosed,
    _command_refused,
    refusal_of,
    transport_error,
)
from workflows.invoice.messages import Answer, InvoiceStart, Opened
from workflows.invoice.search_attributes import at_start
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.runtime import ids

DEFAULT_TIMEOUT = timedelta(seconds=30)


async def generate(
    client: Client,
    request: DraftRequest,
    attempt: int = 0,
    timeout: timedelta = DEFAULT_TIMEOUT,
    *,
    wanted: EditedPrefill | None = None,
) -> Opened:
    """Starts the invoice, or meets the one that runs already; answers when it can be read.

    With `wanted` the new draft is edited to say it; one that is met stays as it is. Raises RequestFailed (nothing was
    made), WorkflowClosed (one with this id has ended), OutcomeUnknown.
    """
    contract = request.contract
    workflow_id = ids.service_invoice(contract.application_key, contract.period, attempt)
    start = InvoiceStart(request=request, wanted=wanted)
    try:
        async with asyncio.timeout(timeout.total_seconds()):
            while True:
                try:
                    return await _open(client, workflow_id, start, timeout)
                except _RefusedToAnother as refused:
                    await _until_ended(refused.handle)
    except TimeoutError as error:
        raise OutcomeUnknown(workflow_id) from error


class _RefusedToAnother(Exception):
    """The draft that was met is not made, as the rules refuse an edit that another request asked for."""

    def __init__(self, handle: WorkflowHandle[Any, Any]) -> None:
        super().__init__(handle.id)
        self.handle = handle


async def _open(client: Client, workflow_id: str, invoice: InvoiceStart, timeout: timedelta) -> Opened:
    request = invoice.request
    contract = request.contract
    start = WithStartWorkflowOperation(
        InvoiceWorkflow.run,
        invoice,
        id=workflow_id,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        static_summary=f"{contract.application_key}, {contract.period.title}",
        search_attributes=at_start("service", contract.period.label),
    )
    try:
        opened: Opened = await client.execute_update_with_start_workflow(
            "opened", start_workflow_operation=start, result_type=Opened, rpc_timeout=timeout
        )
        return opened
    except WorkflowUpdateFailedError as error:
        if _is_to_another(error.cause, request):
            raise _RefusedToAnother(await start.workflow_handle()) from error
        raise refusal_of(error.cause) from error
    except WorkflowAlreadyStartedError as error:
        raise WorkflowClosed(workflow_id) from error
    except (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
        raise transport_error(error, workflow_id) from error


def _is_to_another(cause: BaseException | None, request: DraftRequest) -> bool:
    if not isinstance(cause, ApplicationError) or cause.type != InvalidChange.__name__:
        return False
    facts = cause.details[0] if cause.details and isinstance(cause.details[0], dict) else {}
    return bool(facts.get("created_by_request") != request.request_fingerprint)


async def _until_ended(handle: WorkflowHandle[Any, Any]) -> None:
    """A draft that was refused fails, and then its id is free for another."""
    with contextlib.suppress(WorkflowFailureError):
        await handle.result()


async def send_command(
    client: Client,
    workflow_id: str,
    command: Command,
    *,
    update_id: str | None = None,
    timeout: timedelta = DEFAULT_TIMEOUT,
) -> Answer:
    """Raises CommandRefused, WorkflowClosed, OutcomeUnknown or TemporalUnavailable."""
    handle = client.get_workflow_handle(workflow_id)
    try:
        answer: Answer = await handle.execute_update(
            str(command.name), command, id=update_id, result_type=Answer, rpc_timeout=timeout
        )
        return answer
    except WorkflowUpdateFailedError as error:
        raise _command_refused(error) from error
    except (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
        raise transport_error(error, workflow_id) from error
