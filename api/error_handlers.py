"""The handlers that translate exceptions into the API's errors (docs/specification/api.md 2.4)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.errors import ApiError, Broken, Conflict, Forbidden, Invalid, NotFound, Stopped, Unavailable, Unknown, respond
from api.http.decimal_json import LARGEST_BODY, MIB, JsonRefused
from api.http.envelopes import (
    ConflictDetails,
    ErrorCode,
    FieldError,
    OrderObstacleView,
    WarningToConfirm,
)
from api.http.head_requests import allowed_methods
from api.http.validation_messages import field_errors, summary
from api.request_log import http_request_id_of
from models.billing.partner_draft import OrderObstacle, OrdersRefused, gate_obstacles
from models.bills.payable_errors import (
    PayableError,
    PayableForbidden,
    PayableInvalid,
    PayableRefused,
    PayableUnknown,
    StalePayable,
)
from models.invoice.errors import DraftRefused, InvalidChange, InvoiceStopped, NeedsSomeoneElse, PrefillChanged
from models.partners.orders.errors import (
    NotReady,
    OrderError,
    OrderForbidden,
    OrderInvalid,
    OrderRefused,
    OrderUnknown,
    StaleOrder,
)
from models.quotes.quote.errors import QuoteStopped
from models.values.failure_codes import Failure
from workflows.client.errors import CommandRefused, OutcomeUnknown, RequestFailed, TemporalUnavailable, WorkflowClosed
from workflows.client.payload_encryption import PayloadUnreadable

log = structlog.get_logger()


_BY_FAILURE: Mapping[str, type[ApiError]] = {
    Failure.APPLICATION_NOT_FOUND: NotFound,
    Failure.CUSTOMER_NOT_FOUND: NotFound,
    Failure.PARTNER_NOT_FOUND: NotFound,
    Failure.ORDERS_UNKNOWN: NotFound,
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
        case PrefillChanged.__name__:
            return Conflict(failed.message, ConflictDetails(reason=failed.code))
        case Failure.WAREHOUSE_TIMEOUT:
            return Broken(f"{failed.message}; try again.")  # the message contains the time limit
        case Failure.NEEDS_CONFIRMATION:
            return Conflict(failed.message, ConflictDetails(reason=failed.code, warnings=_warnings(failed.warnings)))
        case Failure.ORDERS_NOT_READY:
            obstacles = [OrderObstacleView.model_validate(each) for each in failed.obstacles]
            return Conflict(failed.message, ConflictDetails(reason=failed.code, obstacles=obstacles))
        case Failure.ORDERS_REFUSED:
            return Conflict(failed.message, ConflictDetails(reason=failed.code))
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
    if refused.code in (InvoiceStopped.__name__, QuoteStopped.__name__):
        return Stopped(refused.message, ConflictDetails(reason=refused.code))
    details = ConflictDetails(
        reason=refused.code,
        allowed=list(refused.allowed),
        current_revision=refused.current_revision,
        warnings=_warnings(refused.warnings),
    )
    return Conflict(refused.message, details)


def of_obstacles(message: str, found: Iterable[OrderObstacle]) -> ApiError:
    """Return the API's error for orders that cannot be invoiced, with every reason."""
    views = [OrderObstacleView.model_validate(each.model_dump()) for each in found]
    return Conflict(message, ConflictDetails(reason=Failure.ORDERS_NOT_READY, obstacles=views))


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
            return of_obstacles(error.message, gate_obstacles(error.obstacles))
        case _:
            allowed = list(error.allowed) if isinstance(error, OrderRefused) else []
            return Conflict(error.message, ConflictDetails(reason=error.code, allowed=allowed))


def of_payable(error: PayableError) -> ApiError:
    """Return the API's error for a change of a payable that its rules refuse."""
    match error:
        case PayableUnknown():
            return NotFound(error.message)
        case PayableForbidden():
            return Forbidden(error.message)
        case PayableInvalid():
            return Invalid.at(error.path, error.reason)
        case StalePayable():
            details = ConflictDetails(
                reason=error.code, expected_revision=error.expected, current_revision=error.current
            )
            return Conflict(error.message, details)
        case _:
            allowed = list(error.allowed) if isinstance(error, PayableRefused) else []
            return Conflict(error.message, ConflictDetails(reason=error.code, allowed=allowed))


def _warnings(given: tuple[dict[str, str], ...]) -> list[WarningToConfirm] | None:
    return [WarningToConfirm.model_validate(each) for each in given] or None


Answering = Callable[[Request, ApiError], Awaitable[Response]]


async def as_json(request: Request, error: ApiError) -> Response:
    return respond(request, error)


def install(app: FastAPI, answer: Answering = as_json) -> None:
    """Register a handler for each type of exception in `_TRANSLATIONS`. `answer` makes the response of an error."""
    for exception_type, translate in _TRANSLATIONS.items():
        app.add_exception_handler(exception_type, _handler(translate, answer))


def expected_error(request: Request, error: Exception) -> ApiError:
    """Return the API's error for one of `EXPECTED`."""
    kind = next(kind for kind in type(error).__mro__ if kind in _TRANSLATIONS)
    found = _TRANSLATIONS[kind](request, error)
    assert isinstance(found, ApiError)
    return found


def _handler(translate: Any, answer: Answering) -> Any:
    async def handle(request: Request, error: Exception) -> Response:
        api_error: ApiError = translate(request, error)
        if isinstance(api_error, Broken):
            # The id is passed here because an uncaught exception arrives after the request's log context has ended.
            request_id = http_request_id_of(request.scope)
            log.error("internal_error", exc_info=error, path=request.url.path, request_id=request_id)
        return await answer(request, api_error)

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
    PayableError: lambda _, error: of_payable(error),
    InvalidChange: lambda _, error: Invalid.of_message(str(error)),
    PrefillChanged: lambda _, error: Conflict(str(error), ConflictDetails(reason=PrefillChanged.__name__)),
    OrdersRefused: lambda _, error: of_obstacles(str(error), error.obstacles),
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
EXPECTED: tuple[type[Exception], ...] = tuple(kind for kind in _TRANSLATIONS if kind is not Exception)
"""The exceptions with which a request may end."""
