"""The translation of the errors of orders' rules into those of the API (docs/specification/api.md 2)."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from api.errors import ApiError, Conflict, Forbidden, Invalid, NotFound, respond
from api.http.envelopes import ConflictDetails, WarningToConfirm
from models.partners.orders.errors import (
    NotReady,
    OrderError,
    OrderForbidden,
    OrderInvalid,
    OrderRefused,
    OrderUnknown,
    StaleOrder,
)


def install(app: FastAPI) -> None:
    """Register the handler of the errors of orders."""
    app.add_exception_handler(OrderError, _respond)


async def _respond(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OrderError)
    return respond(request, of_order(error))


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
