"""The failures that the invoice workflow reports to its callers."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.invoice.content.draft_request import DraftRequest
    from models.invoice.effects import Effect
    from models.invoice.errors import AlreadyInvoiced, InvoiceError, NeedsConfirmation, Refused
    from models.values.failure_codes import Failure


def cause_of(error: ActivityError) -> ApplicationError:
    """Return the error that the activity raised, or one of the same type and message."""
    if isinstance(error.cause, ApplicationError):
        return error.cause
    return ApplicationError(str(error.cause or error), type=type(error.cause or error).__name__, non_retryable=True)


def draft_cancelled() -> ApplicationError:
    """Return the failure of a workflow that was cancelled before its draft was made."""
    return ApplicationError("The draft was cancelled before it was made.", type="Cancelled", non_retryable=True)


def command_refused(error: InvoiceError, revision: int | None) -> ApplicationError:
    """Return the failure of a refused command: the allowed commands, the revision, and unconfirmed warnings."""
    details: dict[str, object] = {"allowed": list(getattr(error, "allowed", ()))}
    if isinstance(error, NeedsConfirmation):
        details["warnings"] = list(error.warnings)
    if revision is not None:
        details["revision"] = revision
    return ApplicationError(str(error), details, type=error.code, non_retryable=True)


def effect_refused(effect: Effect, allowed: tuple[str, ...]) -> Refused:
    """Return the refusal of a command whose effect was refused."""
    refused = AlreadyInvoiced if effect.code == Failure.ALREADY_INVOICED else Refused
    return refused(effect.error or "refused", allowed)


def edit_refused(error: InvoiceError, request: DraftRequest) -> ApplicationError:
    """Return the failure of a draft whose requested edit is refused.

    It names the request, because other callers of the same draft receive it too.
    """
    details = {"created_by_request": request.request_fingerprint}
    return ApplicationError(str(error), details, type=error.code, non_retryable=True)
