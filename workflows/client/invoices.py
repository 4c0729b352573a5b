"""Invoices for the API and the command line: make a draft, and send a command."""

import contextlib
from collections.abc import AsyncIterator
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
from temporalio.common import TypedSearchAttributes, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError

from models.invoice.commands import Command
from models.invoice.content.draft_request import ContractPeriod, DraftRequest, Orders
from models.invoice.editing.prefill_edit import EditedPrefill
from models.invoice.errors import InvalidChange, PrefillChanged
from models.invoice.invoice import Invoice
from models.invoice.status import Kind
from models.values.failure_codes import Failure
from workflows.client.deadline import deadline
from workflows.client.errors import (
    WorkflowClosed,
    command_refusal_of,
    details_of,
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
    """Start the workflow of an invoice, or join the one that is running; return when the draft can be read.

    `wanted` is the edited prefill that a new draft must match; an existing draft is not changed. Raises RequestFailed
    (no draft was made), WorkflowClosed (a workflow with this id has ended), OutcomeUnknown or TemporalUnavailable.
    """
    workflow_id = workflow_id_of(request, attempt)
    start = InvoiceStart(request=request, wanted=wanted)
    async with deadline(timeout, workflow_id):
        while True:
            try:
                return await _open(client, workflow_id, start, timeout)
            except _OtherRequestRefused as refused:
                await _wait_for_end(refused.handle)


def workflow_id_of(request: DraftRequest, attempt: int = 0) -> str:
    """Return the id of the workflow of the invoice; `attempt` counts the withdrawn or rejected ones before it."""
    match request.subject:
        case ContractPeriod() as contract:
            return ids.service_invoice(contract.application_key, contract.period, attempt)
        case Orders() as orders:
            return ids.partner_invoice(orders.partner_key, ids.orders_name(orders.order_keys, orders.batch), attempt)


def _title(request: DraftRequest) -> str:
    match request.subject:
        case ContractPeriod() as contract:
            return f"{contract.application_key}, {contract.period.title}"
        case Orders() as orders:
            return f"{orders.partner_key}, {ids.orders_name(orders.order_keys, orders.batch)}"


def _known_at_start(request: DraftRequest) -> TypedSearchAttributes:
    match request.subject:
        case ContractPeriod() as contract:
            return at_start(Kind.SERVICE.value, contract.period.label)
        case Orders():
            return at_start(Kind.PARTNER.value)


class _OtherRequestRefused(Exception):
    """The running workflow was started by another request, and the edit of that request was refused."""

    def __init__(self, handle: WorkflowHandle[Any, Any]) -> None:
        super().__init__(handle.id)
        self.handle = handle


async def _open(client: Client, workflow_id: str, invoice: InvoiceStart, timeout: timedelta) -> Opened:
    request = invoice.request
    start = WithStartWorkflowOperation(
        InvoiceWorkflow.run,
        invoice,
        id=workflow_id,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
        static_summary=_title(request),
        search_attributes=_known_at_start(request),
    )
    try:
        opened: Opened = await client.execute_update_with_start_workflow(
            "opened", start_workflow_operation=start, result_type=Opened, rpc_timeout=timeout
        )
        return opened
    except WorkflowUpdateFailedError as error:
        if _is_of_other_request(error.cause, request):
            raise _OtherRequestRefused(await start.workflow_handle()) from error
        raise refusal_of(error.cause) from error
    except WorkflowAlreadyStartedError as error:
        raise WorkflowClosed(workflow_id) from error
    except (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
        raise transport_error(error, workflow_id) from error


_OF_ONE_REQUEST = (InvalidChange.__name__, PrefillChanged.__name__, Failure.NEEDS_CONFIRMATION)


def _is_of_other_request(cause: BaseException | None, request: DraftRequest) -> bool:
    """Return whether the refusal concerns the edit, or the missing confirmation, of another request."""
    if not isinstance(cause, ApplicationError) or cause.type not in _OF_ONE_REQUEST:
        return False
    return bool(details_of(cause).get("created_by_request") != request.request_fingerprint)


async def _wait_for_end(handle: WorkflowHandle[Any, Any]) -> None:
    """Wait until the refused draft's workflow has failed; then its id is free for a new one."""
    try:
        with contextlib.suppress(WorkflowFailureError):
            await handle.result()
    except RPCError as error:
        raise transport_error(error, handle.id) from error


async def send_command(
    client: Client,
    workflow_id: str,
    command: Command,
    *,
    update_id: str | None = None,
    timeout: timedelta = DEFAULT_TIMEOUT,
) -> Answer:
    """Send a command and return the invoice's new revision and status.

    Raises CommandRefused, WorkflowClosed, OutcomeUnknown or TemporalUnavailable.
    """
    handle = client.get_workflow_handle(workflow_id)
    async with _answered(workflow_id, timeout):
        answer: Answer = await handle.execute_update(
            str(command.name), command, id=update_id, result_type=Answer, rpc_timeout=timeout
        )
    return answer


async def send_to_ended(
    client: Client,
    invoice: Invoice,
    command: Command,
    *,
    update_id: str | None = None,
    timeout: timedelta = DEFAULT_TIMEOUT,
) -> Answer:
    """Send a command to an invoice whose workflow has ended; a new run continues it from the recorded state.

    The run ends again if the invoice is still complete after the command. Raises what `send_command` raises.
    """
    workflow_id, period = invoice.workflow_id, invoice.content.period
    start = WithStartWorkflowOperation(
        InvoiceWorkflow.run,
        InvoiceStart(request=invoice.request, continues=invoice.id),
        id=workflow_id,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary=f"{invoice.content.subject_key}, {period.title}, continued at revision {invoice.revision}",
        search_attributes=at_start(invoice.kind.value, period.label),
    )
    async with _answered(workflow_id, timeout):
        answer: Answer = await client.execute_update_with_start_workflow(
            str(command.name),
            command,
            start_workflow_operation=start,
            id=update_id,
            result_type=Answer,
            rpc_timeout=timeout,
        )
    return answer


@contextlib.asynccontextmanager
async def _answered(workflow_id: str, timeout: timedelta) -> AsyncIterator[None]:
    """Wait for a command's answer with a deadline, and raise the errors that `send_command` documents."""
    try:
        async with deadline(timeout, workflow_id):
            yield
    except WorkflowUpdateFailedError as error:
        raise command_refusal_of(error) from error
    except (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
        raise transport_error(error, workflow_id) from error
