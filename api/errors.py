"""The errors of the API, and the translation of every exception into one of them (docs/specification/api.md 2).

ApiError
├── Invalid        400   the body, a parameter or the change is invalid
├── Unauthorized   401   there is no valid token
├── Forbidden      403   the user's role does not permit the request
├── NotFound       404
├── Conflict       409   not possible in the current state; `details` names the allowed commands
├── TooManyRequests 429  too many failed logins; `Retry-After` says when the next one is allowed
├── Stopped        409   the invoice's workflow is gone or tells another history; `aktum invoice restore` continues it
├── Broken         500   something unexpected, or ClickHouse was too slow
├── Unavailable    503   PostgreSQL, Temporal or ClickHouse does not answer
└── Unknown        504   the command may still be executed
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.http.decimal_json import LARGEST_BODY, MIB, JsonRefused
from api.http.envelopes import (
    ConflictDetails,
    ErrorBody,
    ErrorCode,
    ErrorEnvelope,
    FieldError,
    WarningToConfirm,
)
from api.http.head_requests import allowed_methods
from api.http.problem_details import PROBLEM_JSON, Problem, prefers_problem
from api.http.validation_messages import field_errors, summary
from api.request_log import REQUEST_ID_HEADER, http_request_id_of
from models.invoice.errors import DraftRefused, InvalidChange, InvoiceStopped, NeedsSomeoneElse, restore_command
from models.partners.orders.errors import (
    NotReady,
    OrderError,
    OrderForbidden,
    OrderInvalid,
    OrderRefused,
    OrderUnknown,
    StaleOrder,
)
from models.values.failure_codes import Failure
from workflows.client.errors import CommandRefused, OutcomeUnknown, RequestFailed, TemporalUnavailable, WorkflowClosed
from workflows.client.payload_encryption import PayloadUnreadable

log = structlog.get_logger()

Details = list[FieldError] | ConflictDetails | None


class ApiError(Exception):
    """An error with its HTTP status and its code in the envelope. `message` is shown to the user."""

    status: ClassVar[HTTPStatus]
    code: ClassVar[ErrorCode]
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, message: str, details: Details = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class Invalid(ApiError):
    status, code = HTTPStatus.BAD_REQUEST, ErrorCode.VALIDATION_ERROR

    @classmethod
    def at(cls, path: str, message: str) -> "Invalid":
        """Return an error at one field."""
        return cls(f"{path}: {message}", [FieldError(path=path, message=message)])

    @classmethod
    def of_message(cls, text: str) -> "Invalid":
        """Return an error at the field that the message begins with: `line_items.0.id: there is no row L99`.

        A message without a field is about the whole body.
        """
        parts = re.match(r"([a-z_]+(?:\.\w+)*): (.+)", text, re.DOTALL)
        path, message = parts.groups() if parts else ("body", text)
        return cls(text, [FieldError(path=path, message=message)])


class Unauthorized(ApiError):
    status, code = HTTPStatus.UNAUTHORIZED, ErrorCode.UNAUTHORIZED
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


class Forbidden(ApiError):
    status, code = HTTPStatus.FORBIDDEN, ErrorCode.FORBIDDEN


class NotFound(ApiError):
    status, code = HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND


class Conflict(ApiError):
    status, code = HTTPStatus.CONFLICT, ErrorCode.CONFLICT


class Stopped(ApiError):
    status, code = HTTPStatus.CONFLICT, ErrorCode.INVOICE_STOPPED

    @classmethod
    def gone(cls, invoice_id: str) -> "Stopped":
        """Return the error for an open invoice whose workflow was terminated, deleted or lost."""
        message = (
            "The invoice is open, but its workflow is gone, so nothing was changed. "
            f"`{restore_command(invoice_id)}` continues it from the recorded state."
        )
        return cls(message, ConflictDetails(reason="WorkflowGone", invoice_id=invoice_id))


class Unavailable(ApiError):
    status, code = HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.UNAVAILABLE
    headers: Mapping[str, str] = {"Retry-After": "5"}


class TooManyRequests(ApiError):
    status, code = HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(seconds)}


class Broken(ApiError):
    status, code = HTTPStatus.INTERNAL_SERVER_ERROR, ErrorCode.INTERNAL_ERROR


class Unknown(ApiError):
    status, code = HTTPStatus.GATEWAY_TIMEOUT, ErrorCode.OUTCOME_UNKNOWN


_BY_FAILURE: Mapping[str, type[ApiError]] = {
    Failure.APPLICATION_NOT_FOUND: NotFound,
    Failure.CUSTOMER_NOT_FOUND: NotFound,
    Failure.WAREHOUSE_UNAVAILABLE: Unavailable,
    Failure.NO_ANSWER: Unavailable,
}


def of_request(failed: RequestFailed) -> ApiError:
    """Return the API's error for a failed read or a failed draft (docs/specification/api.md 2.4)."""
    match failed.code:
        case Failure.DRAFT_REFUSED | Failure.TERMS_MISSING:
            return Invalid(failed.message, [FieldError(path="application_key", message=failed.message)])
        case InvalidChange.__name__:
            return Invalid.of_message(failed.message)
        case Failure.WAREHOUSE_TIMEOUT:
            return Broken(f"{failed.message}; try again.")  # the message contains the time limit
        case Failure.NEEDS_CONFIRMATION:
            return Conflict(failed.message, ConflictDetails(reason=failed.code, warnings=_warnings(failed.warnings)))
        case Failure.ALREADY_INVOICED | Failure.WORK_TAKEN:
            return Conflict(failed.message, ConflictDetails(reason=Failure.ALREADY_INVOICED))
        case code:
            return _BY_FAILURE.get(code, Broken)(failed.message)


def of_command(refused: CommandRefused) -> ApiError:
    """Return the API's error for a command that the workflow has refused."""
    if refused.code == InvalidChange.__name__:
        return Invalid.of_message(refused.message)
    if refused.code == NeedsSomeoneElse.__name__:
        return Forbidden(refused.message)
    if refused.code == InvoiceStopped.__name__:
        return Stopped(refused.message, ConflictDetails(reason=refused.code))
    details = ConflictDetails(
        reason=refused.code,
        allowed=list(refused.allowed),
        current_revision=refused.current_revision,
        warnings=_warnings(refused.warnings),
    )
    return Conflict(refused.message, details)


def of_order(error: OrderError) -> ApiError:
    """Return the API's error for a change of an order that its rules refuse."""
    match error:
        case OrderUnknown():
            return NotFound(error.message)
        case OrderForbidden():
            return Forbidden(error.message)
        case OrderInvalid():
            return Invalid.at(error.path, error.reason)
        case StaleOrder():
            details = ConflictDetails(
                reason=error.code, expected_revision=error.expected, current_revision=error.current
            )
            return Conflict(error.message, details)
        case NotReady():
            obstacles = {
                key: [WarningToConfirm(code=each.code, message=each.message) for each in found]
                for key, found in error.obstacles.items()
            }
            return Conflict(error.message, ConflictDetails(reason=error.code, obstacles=obstacles))
        case _:
            allowed = list(error.allowed) if isinstance(error, OrderRefused) else []
            return Conflict(error.message, ConflictDetails(reason=error.code, allowed=allowed))


def _warnings(given: tuple[dict[str, str], ...]) -> list[WarningToConfirm] | None:
    return [WarningToConfirm.model_validate(each) for each in given] or None


def respond(request: Request, error: ApiError) -> JSONResponse:
    """Return the response with the error's envelope, or as problem details, with its headers and the request id."""
    body = ErrorBody(
        code=error.code, message=error.message, http_request_id=http_request_id_of(request.scope), details=error.details
    )
    status, headers = error.status, {**error.headers, REQUEST_ID_HEADER: body.http_request_id, "Vary": "Accept"}
    if prefers_problem(request.headers.get("Accept", "")):
        problem = Problem.of(body, status=status, title=status.phrase, instance=request.url.path)
        return JSONResponse(problem.model_dump(mode="json"), status, headers, PROBLEM_JSON)
    return JSONResponse(ErrorEnvelope(error=body).model_dump(mode="json"), status, headers)


def install(app: FastAPI) -> None:
    """Register a handler for each type of exception in `_TRANSLATIONS`."""
    for exception_type, translate in _TRANSLATIONS.items():
        app.add_exception_handler(exception_type, _handler(translate))


def _handler(translate: Any) -> Any:
    async def handle(request: Request, error: Exception) -> JSONResponse:
        api_error: ApiError = translate(request, error)
        if isinstance(api_error, Broken):
            # The id is passed here because an uncaught exception arrives after the request's log context has ended.
            request_id = http_request_id_of(request.scope)
            log.error("internal_error", exc_info=error, path=request.url.path, request_id=request_id)
        return respond(request, api_error)

    return handle


def _validation(request: Request, error: RequestValidationError) -> ApiError:
    details = field_errors(error.errors(), _expected_models(request))
    return Invalid(summary(details), details)


def _expected_models(request: Request) -> dict[str, Any]:
    """Return the models of the body and of the query, from which the message about an unknown field lists the known."""
    dependant = getattr(request.scope.get("route"), "dependant", None)
    if dependant is None:
        return {}
    fields = {"body": dependant.body_params, "query": dependant.query_params}
    return {location: params[0].field_info.annotation for location, params in fields.items() if params}


def _http(request: Request, error: HTTPException) -> ApiError:
    if isinstance(error, JsonRefused):
        return Invalid.at("body", error.detail)
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return NotFound(f"There is nothing at {request.url.path}.")
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return _MethodNotAllowed.of(request)
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            largest = getattr(error, "largest", LARGEST_BODY)
            return _TooLarge(f"The body is too large; {largest // MIB} MiB at the most.")
        case status if status < HTTPStatus.INTERNAL_SERVER_ERROR and _is_form(request):
            return Invalid.at("file", "could not be read: the form is incomplete or malformed")
        case status if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Invalid.of_message("The body could not be read as JSON.")
        case _:
            return Broken(str(error.detail))


def _is_form(request: Request) -> bool:
    return request.headers.get("Content-Type", "").lower().startswith("multipart/form-data")


class _MethodNotAllowed(ApiError):
    status, code = HTTPStatus.METHOD_NOT_ALLOWED, ErrorCode.METHOD_NOT_ALLOWED

    @classmethod
    def of(cls, request: Request) -> "_MethodNotAllowed":
        allowed = allowed_methods(request)
        error = cls(f"{request.url.path} does not support {request.method}; it supports {allowed}.")
        error.headers = {"Allow": allowed}
        return error


class _TooLarge(ApiError):
    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_LARGE


def _database(request: Request, error: Exception) -> ApiError:
    log.error("postgres_unavailable", error=type(error).__name__, path=request.url.path)
    return Unavailable("PostgreSQL does not answer; try again in a moment.")


def _temporal(request: Request, error: Exception) -> ApiError:
    log.error("temporal_unavailable", error=str(error), path=request.url.path)
    return Unavailable("Temporal does not answer; try again in a moment, with the same Idempotency-Key.")


def _payload(request: Request, error: Exception) -> ApiError:
    log.error("payload_unreadable", error=str(error), path=request.url.path)
    return Unavailable(f"What Temporal keeps cannot be read here: {error}.")


def _unexpected(*_: Any) -> ApiError:
    return Broken("An unexpected error occurred. The log contains the details under this request id.")


_TRANSLATIONS: Mapping[type[Exception], Any] = {
    ApiError: lambda _, error: error,
    RequestValidationError: _validation,
    HTTPException: _http,
    RequestFailed: lambda _, error: of_request(error),
    CommandRefused: lambda _, error: of_command(error),
    OrderError: lambda _, error: of_order(error),
    InvalidChange: lambda _, error: Invalid.of_message(str(error)),
    DraftRefused: lambda _, error: Invalid.of_message(str(error)),
    WorkflowClosed: lambda *_: Conflict(
        "This invoice is closed and can no longer be changed.", ConflictDetails(reason="WorkflowClosed")
    ),
    OutcomeUnknown: lambda *_: Unknown("outcome unknown, repeat with the same Idempotency-Key"),
    TemporalUnavailable: _temporal,
    PayloadUnreadable: _payload,
    OperationalError: _database,
    InterfaceError: _database,
    PoolTimeout: _database,
    Exception: _unexpected,
}
