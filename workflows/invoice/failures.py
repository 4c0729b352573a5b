"""How the invoice workflow names the failures of its activities to those who wait for an answer."""

from temporalio.exceptions import ActivityError, ApplicationError


def cause_of(error: ActivityError) -> ApplicationError:
    """Return the error that the activity raised, or one of the same type and message."""
    if isinstance(error.cause, ApplicationError):
        return error.cause
    return ApplicationError(str(error.cause or error), type=type(error.cause or error).__name__, non_retryable=True)


def draft_cancelled() -> ApplicationError:
    return ApplicationError("The draft was cancelled before it was made.", type="Cancelled", non_retryable=True)
