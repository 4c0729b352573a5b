"""Every failure becomes one error envelope here, and nowhere else.

ApiError
├── Invalid        400   the body, a parameter or the change itself makes no sense
├── Unauthorized   401
├── Forbidden      403
├── NotFound       404
├── Conflict       409   not now; carries what is allowed
└── Unavailable    503   PostgreSQL, Temporal or ClickHouse does not answer
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
from api.http.envelopes import ConflictDetails, ErrorBody, ErrorCode, ErrorEnvelope, FieldError
from api.http.validation_messages import field_errors, summary
from api.request_log import REQUEST_ID_HEADER, http_request_id_of
from models.invoice.errors import DraftRefused, InvalidChange, NeedsSomeoneElse
from models.values.failure_codes import Failure
from workflows.client.errors import CommandRefused, OutcomeUnknown, RequestFailed, TemporalUnavailable, WorkflowClosed
from workflows.client.payload_encryption import PayloadUnreadable

log = structlog.get_logger()

Details = list[FieldError] | ConflictDetails | None


class ApiError(Exception):
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
        return cls(f"{path}: {message}", [FieldError(path=path, message=message)])

    @classmethod
    def said(cls, text: str) -> "Invalid":
        """The rules name the field in front, where there is one: `line_items.0.id: there is no row L99 left`."""
        named = re.match(r"([a-z_]+(?:\.\w+)*): (.+)", text, re.DOTALL)
        path, message = named.groups() if named else ("body", text)
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


_OF_FAILURE: Mapping[str, type[ApiError]] = {
    Failure.APPLICATION_NOT_FOUND: NotFound,
    Failure.CUSTOMER_NOT_FOUND: NotFound,
    Failure.WAREHOUSE_UNAVAILABLE: Unavailable,
    Failure.NO_ANSWER: Unavailable,
}


def of_request(failed: RequestFailed) -> ApiError:
    """What an asked activity or workflow could not do (docs/specification/api.md 2.4)."""
    match failed.code:
        case Failure.DRAFT_REFUSED | Failure.TERMS_MISSING:
            return Invalid(failed.message, [FieldError(path="application_key", message=failed.message)])
        case InvalidChange.__name__:
            return Invalid.said(failed.message)
        case Failure.WAREHOUSE_TIMEOUT:
            return Broken(f"{failed.message}; try again.")  # it says how long was waited
        case Failure.ALREADY_INVOICED:
            return Conflict(failed.message, ConflictDetails(reason=failed.code))
        case code:
            return _OF_FAILURE.get(code, Broken)(failed.message)


def of_command(refused: CommandRefused) -> ApiError:
    if refused.code == InvalidChange.__name__:
        return Invalid.said(refused.message)
    if refused.code == NeedsSomeoneElse.__name__:
        return Forbidden(refused.message)
    details = ConflictDetails(
        reason=refused.code, allowed=list(refused.allowed), current_revision=refused.current_revision
    )
    return Conflict(refused.message, details)


def respond(request: Request, error: ApiError) -> JSONResponse:
    body = ErrorBody(
        code=error.code, message=error.message, http_request_id=http_request_id_of(request.scope), details=error.details
    )
    return JSONResponse(
        ErrorEnvelope(error=body).model_dump(mode="json"),
        status_code=error.status,
        headers={**error.headers, REQUEST_ID_HEADER: body.http_request_id},
    )


def install(app: FastAPI) -> None:
    """One handler per family; the type that FastAPI wants is wider than what each of them gets."""
    for kind, translate in _TRANSLATIONS.items():
        app.add_exception_handler(kind, _handler(translate))


def _handler(translate: Any) -> Any:
    async def handle(request: Request, error: Exception) -> JSONResponse:
        answer: ApiError = translate(request, error)
        if isinstance(answer, Broken):
            # The id by name: what nobody caught comes here when the request's own log context has ended.
            log.error(
                "internal_error", exc_info=error, path=request.url.path, request_id=http_request_id_of(request.scope)
            )
        return respond(request, answer)

    return handle


def _validation(request: Request, error: RequestValidationError) -> ApiError:
    details = field_errors(error.errors(), _expected(request))
    return Invalid(summary(details), details)


def _expected(request: Request) -> dict[str, Any]:
    """The models of the body and of the query, so that an unknown field can be answered with the known ones."""
    route = request.scope.get("route")
    dependant = getattr(route, "dependant", None)
    if dependant is None:
        return {}
    fields = {"body": dependant.body_params, "query": dependant.query_params}
    return {place: params[0].field_info.annotation for place, params in fields.items() if params}


def _http(request: Request, error: HTTPException) -> ApiError:
    if isinstance(error, JsonRefused):
        return Invalid.at("body", error.detail)
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return NotFound(f"There is nothing at {request.url.path}.")
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return _MethodNotAllowed(f"{request.method} is not possible at {request.url.path}.")
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _TooLarge("The body is too large; 2 MiB at the most.")
        case status if status < HTTPStatus.INTERNAL_SERVER_ERROR and _is_form(request):
            return Invalid.at("file", "could not be read: the form is cut off or not put together as it should be")
        case status if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Invalid.said("The body could not be read as JSON.")
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


def _payload(request: Request, error: Exception) -> ApiError:
    log.error("payload_unreadable", error=str(error), path=request.url.path)
    return Unavailable(f"What Temporal keeps cannot be read here: {error}.")


def _unexpected(*_: Any) -> ApiError:
    return Broken("Something went wrong that Aktum did not expect; its log has the details under this request id.")


_TRANSLATIONS: Mapping[type[Exception], Any] = {
    ApiError: lambda _, error: error,
    RequestValidationError: _validation,
    HTTPException: _http,
    RequestFailed: lambda _, error: of_request(error),
    CommandRefused: lambda _, error: of_command(error),
    InvalidChange: lambda _, error: Invalid.said(str(error)),
    DraftRefused: lambda _, error: Invalid.said(str(error)),
    WorkflowClosed: lambda *_: Conflict(
        "This invoice is closed; nothing can be changed any more.", ConflictDetails(reason="WorkflowClosed")
    ),
    OutcomeUnknown: lambda *_: Unknown("outcome unknown, repeat with the same Idempotency-Key"),
    TemporalUnavailable: _temporal,
    PayloadUnreadable: _payload,
    OperationalError: _database,
    InterfaceError: _database,
    PoolTimeout: _database,
    Exception: _unexpected,
}
