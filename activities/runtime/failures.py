"""Short failures of activities, and reports of retried ones to the invoice.

Temporal refuses to show a failure above 4 KB: the chain of causes of one broken connection is longer. So a failure
carries its own text only; the worker's log has the rest. A workflow does not learn of attempts that Temporal retries,
so the second, fourth, eighth... failed attempt is reported to it, for the current details.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory, FailureError
from temporalio.service import RPCError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.invoice.effects import FailedAttempt
from models.invoice.revision import cut

log = structlog.get_logger()

LONGEST_MESSAGE: Final = 1000
INVOICE: Final = "Invoice"
REPORT: Final = "attempt_failed"


class ShortFailures(Interceptor):
    """The interceptor that a worker is started with."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _FailureInterceptor(next)


class _FailureInterceptor(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await self.next.execute_activity(input)
        except Exception as error:
            failure = short(error)
            if failure is None:
                raise
            if failure.category is not ApplicationErrorCategory.BENIGN:
                log.warning("activity_failed", exc_info=error, **_where())
            await _report(failure)
        raise failure  # outside the except block, so that it has no cause


def short(error: Exception) -> ApplicationError | None:
    """Return the failure with the type and the text of the error only; None if the error means something to the SDK."""
    if isinstance(error, ApplicationError):
        return ApplicationError(
            cut(error.message, LONGEST_MESSAGE),
            *error.details,
            type=error.type,
            non_retryable=error.non_retryable,
            next_retry_delay=error.next_retry_delay,
            category=error.category,
        )
    if isinstance(error, FailureError):
        return None
    return ApplicationError(cut(str(error), LONGEST_MESSAGE), type=type(error).__name__)


async def _report(failure: ApplicationError) -> None:
    """Report the attempt to its invoice, unless it is the first, is expected, or is not retried.

    The reports become rarer, because each is in the history for good: an outage of 45 days makes thirteen.
    """
    info = activity.info()
    expected = failure.category is ApplicationErrorCategory.BENIGN
    if info.workflow_type != INVOICE or info.workflow_id is None or expected or not _is_reported(info.attempt):
        return
    if failure.non_retryable or (info.retry_policy and info.retry_policy.maximum_attempts == 1):
        return
    pause = failure.next_retry_delay or _backoff(info)
    report = FailedAttempt(
        activity=info.activity_type,
        attempt=info.attempt,
        error=failure.message,
        next_try_at=datetime.now(UTC) + pause if pause else None,
    )
    try:
        handle = activity.client().get_workflow_handle(info.workflow_id, run_id=info.workflow_run_id)
        await handle.signal(REPORT, report)
    except RPCError as error:
        log.warning("attempt_not_reported", error=error.message, **_where())


def _is_reported(attempt: int) -> bool:
    return attempt > 1 and attempt & (attempt - 1) == 0  # a power of two


def _backoff(info: activity.Info) -> timedelta | None:
    """Return the pause until the next attempt by the retry policy."""
    policy = info.retry_policy
    if policy is None:
        return None
    longest = policy.maximum_interval or policy.initial_interval * 100
    return min(policy.initial_interval * min(policy.backoff_coefficient ** (info.attempt - 1), 2.0**30), longest)


def _where() -> dict[str, object]:
    info = activity.info()
    return {"activity": info.activity_type, "workflow": info.workflow_id, "attempt": info.attempt}
