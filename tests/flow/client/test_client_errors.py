"""Failures of Temporal, of a worker and of PostgreSQL become errors after which a caller repeats its request."""

import pytest
from temporalio.exceptions import ActivityError, ApplicationError, RetryState, TimeoutError, TimeoutType
from temporalio.service import RPCError, RPCStatusCode

from api.error_handlers import of_request
from workflows.client.errors import (
    OutcomeUnknown,
    RequestFailed,
    TemporalUnavailable,
    WorkflowClosed,
    read_error,
    refusal_of,
    transport_error,
)
from workflows.invoice.failures import cause_of

STATUS = RPCStatusCode
DRIVER = (
    '(psycopg.OperationalError) connection failed: connection to server at "10.0.0.7", port 5432 failed: refused\n'
    "(Background on this error at: https://sqlalche.me/e/20/e3q8)"
)

# After UNKNOWN and UNAVAILABLE a caller repeats the request, which may have been carried out.
# UNEXPECTED is a fault of the settings or of the program, which a repetition does not mend.
CLOSED = {STATUS.NOT_FOUND, STATUS.ALREADY_EXISTS}
UNKNOWN = {
    STATUS.CANCELLED,
    STATUS.UNKNOWN,
    STATUS.DEADLINE_EXCEEDED,
    STATUS.FAILED_PRECONDITION,
    STATUS.ABORTED,
    STATUS.INTERNAL,
    STATUS.DATA_LOSS,
}
UNAVAILABLE = {STATUS.UNAVAILABLE, STATUS.RESOURCE_EXHAUSTED}
UNEXPECTED = {
    STATUS.OK,
    STATUS.INVALID_ARGUMENT,
    STATUS.OUT_OF_RANGE,
    STATUS.UNIMPLEMENTED,
    STATUS.PERMISSION_DENIED,
    STATUS.UNAUTHENTICATED,
}


def of_command(status: RPCStatusCode) -> type[Exception]:
    if status in CLOSED:
        return WorkflowClosed
    if status in UNKNOWN:
        return OutcomeUnknown
    return TemporalUnavailable if status in UNAVAILABLE else RPCError


def of_read(status: RPCStatusCode) -> type[Exception]:
    """A read has no outcome that could be unknown."""
    expected = of_command(status)
    return TemporalUnavailable if expected is OutcomeUnknown else expected


def test_the_table_has_every_status_once() -> None:
    assert sorted([*CLOSED, *UNKNOWN, *UNAVAILABLE, *UNEXPECTED]) == sorted(RPCStatusCode)


@pytest.mark.parametrize("status", RPCStatusCode)
def test_each_status_of_a_command(status: RPCStatusCode) -> None:
    assert type(transport_error(RPCError("transport error", status, b""), "w")) is of_command(status)


@pytest.mark.parametrize("status", RPCStatusCode)
def test_each_status_of_a_read(status: RPCStatusCode) -> None:
    assert type(read_error(RPCError("transport error", status, b""), "w")) is of_read(status)


def activity_error(cause: BaseException) -> ActivityError:
    error = ActivityError(
        "Activity task failed",
        scheduled_event_id=5,
        started_event_id=6,
        identity="worker",
        activity_type="draft",
        activity_id="1",
        retry_state=RetryState.MAXIMUM_ATTEMPTS_REACHED,
    )
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("kind", TimeoutType)
def test_each_timeout_of_an_activity_is_a_503(kind: TimeoutType) -> None:
    """The workflow reports the type and the text of the server; both forms of it arrive here."""
    timeout = TimeoutError(f"activity {kind.name} timeout", type=kind, last_heartbeat_details=[])
    for cause in (cause_of(activity_error(timeout)), activity_error(timeout), timeout):
        error = of_request(refusal_of(cause))
        assert (error.status, error.code) == (503, "UNAVAILABLE")
        assert error.message == "No worker answered in time; check whether a worker is running."


@pytest.mark.parametrize("kind", ["OperationalError", "InterfaceError", "DBAPIError"])
def test_an_outage_of_postgresql_is_a_503_without_the_text_of_the_driver(kind: str) -> None:
    cause = ApplicationError(DRIVER, type=kind)
    for failed in (cause, cause_of(activity_error(cause)), activity_error(cause)):
        error = of_request(refusal_of(failed))
        assert (error.status, error.code) == (503, "UNAVAILABLE")
        assert error.message == "PostgreSQL does not answer; try again in a moment."


@pytest.mark.parametrize("kind", ["DataError", "IntegrityError", "InternalError", "ProgrammingError", "DatabaseError"])
def test_another_error_of_postgresql_is_a_500_without_the_text_of_the_driver(kind: str) -> None:
    error = of_request(refusal_of(activity_error(ApplicationError(DRIVER, type=kind))))
    assert error.status == 500
    assert error.message == "PostgreSQL refused the request; the log contains the details."


def test_a_refusal_keeps_its_code_and_its_text() -> None:
    failed = refusal_of(activity_error(ApplicationError("There is no contract.", type="ApplicationNotFound")))
    assert isinstance(failed, RequestFailed)
    assert (failed.code, failed.message) == ("ApplicationNotFound", "There is no contract.")
