"""The errors that callers of workflows see."""

from temporalio.api.failure.v1 import Failure as RawFailure
from temporalio.client import (
    Client,
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
    """`code` is the class name of a models.invoice.errors.InvoiceError."""

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


def refusal_of(cause: BaseException | None) -> RequestFailed:
    if isinstance(cause, ActivityError):
        cause = cause.cause
    if isinstance(cause, ApplicationError):
        return RequestFailed(cause.type or "", cause.message)
    if isinstance(cause, TimeoutError):
        return RequestFailed(Failure.NO_ANSWER, "No worker answered in time; look whether one is running.")
    return RequestFailed("", str(cause) if isinstance(cause, FailureError) else "the request failed")


async def failure_message(client: Client, failure: RawFailure) -> str:
    """The message of a failure as Temporal keeps it, decrypted if it is encrypted. Raises PayloadUnreadable."""
    decoded = await client.data_converter.decode_failure(failure)
    return decoded.message if isinstance(decoded, FailureError) else str(decoded)


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
