"""The errors of the API, and the translation of every exception into one of them (docs/specification/api.md 2).

ApiError
├── Invalid        400   the body, a parameter or the change is invalid
├── Unauthorized   401   there is no valid token
├── Forbidden      403   the user's role does not permit the request
├── NotFound       404
├── Conflict       409   not possible in the current state; `details` names the allowed commands
├── Broken         500   something unexpected, or ClickHouse was too slow
├── Unavailable    503   PostgreSQL, Temporal or ClickHouse does not answer
└── Unknown        504   the command may still be executed
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.http.decimal_json import JsonRefused
from api.http.envelopes import (
    ConflictDetails,
    ErrorBody,
    ErrorCode,
    ErrorEnvelope,
    FieldError,
    WarningToConfirm,
)
from api.http.validation_messages import field_errors, summary
from api.request_log import REQUEST_ID_HEADER, http_request_id_of
from models.invoice.errors import DraftRefused, InvalidChange, NeedsSomeoneElse
from models.values.failure_codes import Failure
from workflows.client.errors import CommandRefused, OutcomeUnknown, RequestFailed, TemporalUnavailable, WorkflowClosed

log = structlog.get_logger()

Details = list[FieldError] | ConflictDetails | None


class ApiError(Exception):
    """An error with its HTTP status and its code in the envelope. `message` is shown to the user."""

    status: ClassVar[HTTPStatus]
    code: ClassVar[ErrorCode]
    headers: ClassVar[dict[str, str]] = {}

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
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(ApiError):
    status, code = HTTPStatus.FORBIDDEN, ErrorCode.FORBIDDEN


class NotFound(ApiError):
    status, code = HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND


class Conflict(ApiError):
    status, code = HTTPStatus.CONFLICT, ErrorCode.CONFLICT


class Unavailable(ApiError):
    status, code = HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.UNAVAILABLE
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


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
        case Failure.ALREADY_INVOICED:
            return Conflict(failed.message, ConflictDetails(reason=failed.code))
        case code:
            return _BY_FAILURE.get(code, Broken)(failed.message)


def of_command(refused: CommandRefused) -> ApiError:
    """Return the API's error for a command that the workflow has refused."""
    if refused.code == InvalidChange.__name__:
        return Invalid.of_message(refused.message)
    if refused.code == NeedsSomeoneElse.__name__:
        return Forbidden(refused.message)
    details = ConflictDetails(
        reason=refused.code,
        allowed=list(refused.allowed),
        current_revision=refused.current_revision,
        warnings=[WarningToConfirm.model_validate(each) for each in refused.warnings] or None,
    )
    return Conflict(refused.message, details)


def respond(request: Request, error: ApiError) -> JSONResponse:
    """Return the response with the error's envelope, headers and the request id."""
    body = ErrorBody(
        code=error.code, message=error.message, http_request_id=http_request_id_of(request.scope), details=error.details
    )
    return JSONResponse(
        ErrorEnvelope(error=body).model_dump(mode="json"),
        status_code=error.status,
        headers={**error.headers, REQUEST_ID_HEADER: body.http_request_id},
    )


def install(app: FastAPI) -> None:
    """Register a handler for each type of exception in `_TRANSLATIONS`."""
    for exception_type, translate in _TRANSLATIONS.items():
        app.add_exception_handler(exception_type, _handler(translate))


def _handler(translate: Any) -> Any:
    async def handle(request: Request, error: Exception) -> JSONResponse:
        api_error: ApiError = translate(request, error)
        if isinstance(api_error, Broken):
            # The id is passed here because an uncaught exception arrives after the request's log context has ended.
            log.error(
                "internal_error", exc_info=error, path=request.url.path, request_id=http_request_id_of(request.scope)
            )
        return respond(request, api_error)

    return handle


def _validation(request: Request, error: RequestValidationError) -> ApiError:
    details = field_errors(error.errors(), _expected_models(request))
    return Invalid(summary(details), details)


def _expected_models(request: Request) -> dict[str, Any]:
    """Return the models of the body and of the query, from which the message about an unknown field lists the known."""
    route = request.scope.get("route")
    dependant = getattr(route, "dependant", None)
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
            return _MethodNotAllowed(f"{request.url.path} does not support {request.method}.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _TooLarge("The body is too large; 2 MiB at the most.")
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


class _TooLarge(ApiError):
    status, code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ErrorCode.TOO_LARGE


def _database(request: Request, error: Exception) -> ApiError:
    log.error("postgres_unavailable", error=type(error).__name__, path=request.url.path)
    return Unavailable("PostgreSQL does not answer; try again in a moment.")


def _temporal(request: Request, error: Exception) -> ApiError:
    log.error("temporal_unavailable", error=str(error), path=request.url.path)
    return Unavailable("Temporal does not answer; try again in a moment, with the same Idempotency-Key.")


def _unexpected(*_: Any) -> ApiError:
    return Broken("An unexpected error occurred. The log contains the details under this request id.")


_TRANSLATIONS: Mapping[type[Exception], Any] = {
    ApiError: lambda _, error: error,
    RequestValidationError: _validation,
    HTTPException: _http,
    RequestFailed: lambda _, error: of_request(error),
    CommandRefused: lambda _, error: of_command(error),
    InvalidChange: lambda _, error: Invalid.of_message(str(error)),
    DraftRefused: lambda _, error: Invalid.of_message(str(error)),
    WorkflowClosed: lambda *_: Conflict(
        "This invoice is closed and can no longer be changed.", ConflictDetails(reason="WorkflowClosed")
    ),
    OutcomeUnknown: lambda *_: Unknown("outcome unknown, repeat with the same Idempotency-Key"),
    TemporalUnavailable: _temporal,
    OperationalError: _database,
    InterfaceError: _database,
    PoolTimeout: _database,
    Exception: _unexpected,
}
