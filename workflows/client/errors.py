"""The errors that callers of workflows receive."""

from temporalio.client import (
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    TimeoutError,
)
from temporalio.service import RPCError, RPCStatusCode

from models.values.failure_codes import Failure


class RequestFailed(Exception):
    """A read or a new draft was refused; `code` is one of models.values.failure_codes.Failure."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class CommandRefused(Exception):
    """The workflow refused a command; `code` is the class name of a models.invoice.errors.InvoiceError.

    `allowed` lists the commands that are allowed now; `current_revision` is the invoice's revision.
    """

    def __init__(
        self, code: str, message: str, allowed: tuple[str, ...] = (), current_revision: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.allowed = allowed
        self.current_revision = current_revision


class OutcomeUnknown(Exception):
    """There was no answer in time. The request may still be executed: repeat it with the same idempotency key."""


class TemporalUnavailable(Exception):
    """Temporal cannot be reached."""


class WorkflowClosed(Exception):
    """The workflow has ended or never existed."""


def refusal_of(cause: BaseException | None) -> RequestFailed:
    """Return the error for a workflow or update that failed with this cause."""
    if isinstance(cause, ActivityError):
        cause = cause.cause
    if isinstance(cause, ApplicationError):
        return RequestFailed(cause.type or "", cause.message)
    if isinstance(cause, TimeoutError):
        return RequestFailed(Failure.NO_ANSWER, "No worker answered in time; check whether a worker is running.")
    return RequestFailed("", str(cause) if isinstance(cause, FailureError) else "the request failed")


def command_refusal_of(error: WorkflowUpdateFailedError) -> Exception:
    """Return the error for a command that the workflow did not execute."""
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        return CommandRefused("", str(cause))
    if cause.type == "AcceptedUpdateCompletedWorkflow":
        return OutcomeUnknown(cause.message)
    details = cause.details[0] if cause.details and isinstance(cause.details[0], dict) else {}
    return CommandRefused(
        code=cause.type or "",
        message=cause.message,
        allowed=tuple(details.get("allowed", ())),
        current_revision=details.get("revision"),
    )


def transport_error(error: Exception, workflow_id: str) -> Exception:
    """Return the error for a call to Temporal that failed; an unexpected RPC error is returned as it is."""
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
