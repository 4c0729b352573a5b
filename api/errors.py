"""The errors of the API and their responses (docs/specification/api.md 2); `error_handlers.py` makes them.

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
from typing import ClassVar

from fastapi import Request
from fastapi.responses import JSONResponse

from api.http.envelopes import (
    ConflictDetails,
    ErrorBody,
    ErrorCode,
    ErrorEnvelope,
    FieldError,
)
from api.http.problem_details import PROBLEM_JSON, Problem, prefers_problem
from api.request_log import REQUEST_ID_HEADER, http_request_id_of
from models.invoice.errors import restore_command

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
