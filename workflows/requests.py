"""What the API and the command line ask of the workflows, and how an answer, a refusal or silence is told apart."""

from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    TimeoutError,
    WorkflowAlreadyStartedError,
)
from temporalio.service import RPCError, RPCStatusCode

from models.commands import Command
from models.content import Content
from models.invoice import ContractPeriod, DraftRequest
from models.periods import Period
from models.ports import (
    ClientDetail,
    ClientDetailQuery,
    ClientPage,
    ContractQuery,
    Failure,
    LineWorklogs,
    LineWorklogsQuery,
    Previewing,
    PreviewPage,
    WorklogPage,
    WorklogQuery,
)
from workflows import ids
from workflows.invoice import InvoiceWorkflow
from workflows.lookups import (
    LONGEST_WAIT,
    LineWorklogsWorkflow,
    ListClientsWorkflow,
    ListWorklogsWorkflow,
    LookUpClientWorkflow,
    PreviewHtmlWorkflow,
    PreviewInvoiceWorkflow,
)
from workflows.messages import Answer, InvoiceStart, Opened
from workflows.search_attributes import at_start

T = TypeVar("T")

DEFAULT_TIMEOUT = timedelta(seconds=30)


class RequestFailed(Exception):
    """A question or a new draft was refused; `code` is one of models.ports.Failure."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class CommandRefused(Exception):
    """`code` is the class name of a models.errors.InvoiceError."""

    def __init__(
        self, code: str, message: str, allowed: tuple[str, ...] = (), current_revision: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.allowed = allowed
        self.current_revision = current_revision


class OutcomeUnknown(Exception):
    """No answer in time. The request may still be carried out: repeat it with the same key."""


class TemporalUnavailable(Exception):
    pass


class WorkflowClosed(Exception):
    """The invoice's workflow has ended, or was never there."""


async def preview(client: Client, application_key: str, period: Period, by: str) -> Content:
    request = DraftRequest(subject=ContractPeriod(application_key=application_key, period=period), by=by)
    workflow_id = f"preview.{application_key.lower()}.{uuid4()}"
    content: Content = await _ask(client, PreviewInvoiceWorkflow.run, request, workflow_id)
    return content


async def preview_html(client: Client, previewing: Previewing) -> PreviewPage:
    page: PreviewPage = await _ask(client, PreviewHtmlWorkflow.run, previewing, f"preview-html.{uuid4()}")
    return page


async def list_clients(client: Client, query: ContractQuery) -> ClientPage:
    page: ClientPage = await _ask(client, ListClientsWorkflow.run, query, f"clients.{uuid4()}")
    return page


async def client_detail(client: Client, application_key: str) -> ClientDetail:
    query = ClientDetailQuery(application_key=application_key)
    found: ClientDetail = await _ask(
        client, LookUpClientWorkflow.run, query, f"client.{application_key.lower()}.{uuid4()}"
    )
    return found


async def client_worklogs(client: Client, query: WorklogQuery) -> WorklogPage:
    workflow_id = f"worklogs.{query.application_key.lower()}.{uuid4()}"
    page: WorklogPage = await _ask(client, ListWorklogsWorkflow.run, query, workflow_id)
    return page


async def line_worklogs(client: Client, query: LineWorklogsQuery) -> LineWorklogs:
    found: LineWorklogs = await _ask(client, LineWorklogsWorkflow.run, query, f"line-worklogs.{uuid4()}")
    return found


async def generate(
    client: Client, request: DraftRequest, attempt: int = 0, timeout: timedelta = DEFAULT_TIMEOUT
) -> Opened:
    """Starts the invoice, or meets the one that runs already; answers when it can be read.

    Raises RequestFailed (nothing was made), WorkflowClosed (one with this id has ended), OutcomeUnknown.
    """
    contract = request.contract
    workflow_id = ids.service_invoice(contract.application_key, contract.period, attempt)
    start = WithStartWorkflowOperation(
        InvoiceWorkflow.run,
        InvoiceStart(request=request),
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
        raise refusal_of(error.cause) from error
    except WorkflowAlreadyStartedError as error:
        raise WorkflowClosed(workflow_id) from error
    except (WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
        raise transport_error(error, workflow_id) from error


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


async def _ask(client: Client, question: Any, argument: object, workflow_id: str) -> Any:
    try:
        return await client.execute_workflow(
            question, argument, id=workflow_id, task_queue=ids.TASK_QUEUE, execution_timeout=LONGEST_WAIT
        )
    except WorkflowFailureError as error:
        raise refusal_of(error.cause) from error
    except RPCError as error:
        raise transport_error(error, workflow_id) from error


def refusal_of(cause: BaseException | None) -> RequestFailed:
    if isinstance(cause, ActivityError):
        cause = cause.cause
    if isinstance(cause, ApplicationError):
        return RequestFailed(cause.type or "", cause.message)
    if isinstance(cause, TimeoutError):
        return RequestFailed(Failure.NO_ANSWER, "No worker answered in time; look whether one is running.")
    return RequestFailed("", str(cause) if isinstance(cause, FailureError) else "the request failed")


def _command_refused(error: WorkflowUpdateFailedError) -> Exception:
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        return CommandRefused("", str(cause))
    if cause.type == "AcceptedUpdateCompletedWorkflow":
        return OutcomeUnknown(cause.message)
    facts = cause.details[0] if cause.details and isinstance(cause.details[0], dict) else {}
    return CommandRefused(
        code=cause.type or "",
        message=cause.message,
        allowed=tuple(facts.get("allowed", ())),
        current_revision=facts.get("revision"),
    )


def transport_error(error: Exception, workflow_id: str) -> Exception:
    if isinstance(error, WorkflowUpdateRPCTimeoutOrCancelledError):
        return OutcomeUnknown(workflow_id)
    assert isinstance(error, RPCError)
    match error.status:
        case RPCStatusCode.NOT_FOUND:
            return WorkflowClosed(workflow_id)
        case RPCStatusCode.ALREADY_EXISTS:
            return WorkflowClosed(workflow_id)
        case RPCStatusCode.DEADLINE_EXCEEDED | RPCStatusCode.CANCELLED:
            return OutcomeUnknown(workflow_id)
        case RPCStatusCode.UNAVAILABLE:
            return TemporalUnavailable(error.message)
    return error
