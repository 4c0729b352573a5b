"""The errors that callers of workflows receive."""

from typing import Any

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
    """A read or a new draft was refused; `code` is one of models.values.failure_codes.Failure.

    `warnings` are those that must be confirmed, `obstacles` the reasons why orders cannot be invoiced.
    """

    def __init__(
        self,
        code: str,
        message: str,
        warnings: tuple[dict[str, str], ...] = (),
        obstacles: tuple[dict[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.warnings = warnings
        self.obstacles = obstacles


class CommandRefused(Exception):
    """The workflow refused a command; `code` is the class name of a models.invoice.errors.InvoiceError.

    `allowed` lists the commands that are allowed now; `current_revision` is the invoice's revision; `warnings` are
    those that must be confirmed.
    """

    def __init__(
        self,
        code: str,
        message: str,
        allowed: tuple[str, ...] = (),
        current_revision: int | None = None,
        warnings: tuple[dict[str, str], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.allowed = allowed
        self.current_revision = current_revision
        self.warnings = warnings


class OutcomeUnknown(Exception):
    """There was no answer in time. The request may still be executed: repeat it with the same idempotency key."""


class WorkflowEnded(OutcomeUnknown):
    """The workflow ended while it executed the request, so Temporal answers no repetition of it."""


class TemporalUnavailable(Exception):
    """Temporal cannot be reached."""


class WorkflowClosed(Exception):
    """The workflow has ended or never existed."""


# An activity's error arrives as its class name and its text. The text of a driver contains addresses and statements.
_POSTGRES_DOWN = frozenset({"OperationalError", "InterfaceError", "DBAPIError"})
_POSTGRES_REFUSED = frozenset(
    {"DataError", "DatabaseError", "IntegrityError", "InternalError", "NotSupportedError", "ProgrammingError"}
)


def refusal_of(cause: BaseException | None) -> RequestFailed:
    """Return the error for a workflow or update that failed with this cause."""
    if isinstance(cause, ActivityError):
        cause = cause.cause
    if isinstance(cause, TimeoutError):
        return refusal(TimeoutError.__name__, cause.message)
    if isinstance(cause, ApplicationError):
        if cause.type == Failure.NEEDS_CONFIRMATION:
            return RequestFailed(cause.type, cause.message, tuple(details_of(cause).get("warnings", ())))
        if cause.type == Failure.ORDERS_NOT_READY:
            return RequestFailed(cause.type, cause.message, obstacles=tuple(details_of(cause).get("obstacles", ())))
        return refusal(cause.type or "", cause.message)
    return RequestFailed("", str(cause) if isinstance(cause, FailureError) else "the request failed")


def refusal(error_type: str, message: str) -> RequestFailed:
    """Return the error for an activity that failed with an error of this type.

    A worker that died reports nothing: the server then ends the attempt with a TimeoutError.
    """
    if error_type == TimeoutError.__name__:
        return RequestFailed(Failure.NO_ANSWER, "No worker answered in time; check whether a worker is running.")
    if error_type in _POSTGRES_DOWN:
        return RequestFailed(Failure.NO_ANSWER, "PostgreSQL does not answer; try again in a moment.")
    if error_type in _POSTGRES_REFUSED:
        return RequestFailed("", "PostgreSQL refused the request; the log contains the details.")
    return RequestFailed(error_type, message)


def details_of(cause: ApplicationError) -> dict[str, Any]:
    """Return the details of a failure that a workflow or an activity reported."""
    return cause.details[0] if cause.details and isinstance(cause.details[0], dict) else {}


def command_refusal_of(error: WorkflowUpdateFailedError) -> Exception:
    """Return the error for a command that the workflow did not execute."""
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        return CommandRefused("", str(cause))
    if cause.type == "AcceptedUpdateCompletedWorkflow":
        return WorkflowEnded(cause.message)
    details = details_of(cause)
    return CommandRefused(
        code=cause.type or "",
        message=cause.message,
        allowed=tuple(details.get("allowed", ())),
        current_revision=details.get("revision"),
        warnings=tuple(details.get("warnings", ())),
    )


# A server or a worker that is killed during a call leaves one of these: the call may have been carried out.
_MAY_BE_EXECUTED = frozenset(
    {
        RPCStatusCode.ABORTED,
        RPCStatusCode.CANCELLED,
        RPCStatusCode.DATA_LOSS,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.FAILED_PRECONDITION,
        RPCStatusCode.INTERNAL,
        RPCStatusCode.UNKNOWN,
    }
)


def transport_error(error: Exception, workflow_id: str) -> Exception:
    """Return the error for a call to Temporal that failed; an unexpected RPC error is returned as it is."""
    if isinstance(error, WorkflowUpdateRPCTimeoutOrCancelledError):
        return OutcomeUnknown(workflow_id)
    assert isinstance(error, RPCError)
    match error.status:
        case RPCStatusCode.NOT_FOUND | RPCStatusCode.ALREADY_EXISTS:
            return WorkflowClosed(workflow_id)
        case status if status in _MAY_BE_EXECUTED:
            return OutcomeUnknown(workflow_id)
        case RPCStatusCode.UNAVAILABLE | RPCStatusCode.RESOURCE_EXHAUSTED:
            return TemporalUnavailable(error.message)
    return error


def read_error(error: RPCError, workflow_id: str) -> Exception:
    """Return the error for a call that changes nothing, so that its outcome cannot be unknown."""
    failed = transport_error(error, workflow_id)
    return TemporalUnavailable(error.message) if isinstance(failed, OutcomeUnknown) else failed
