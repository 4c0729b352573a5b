"""The error answers of a route, as OpenAPI shows them."""

from typing import Any

from api.http.envelopes import ErrorEnvelope

Responses = dict[int | str, dict[str, Any]]

_MEANING: dict[int, tuple[str, str, str]] = {
    400: ("A field or the change makes no sense; `details` names each.", "VALIDATION_ERROR", "reason: is required"),
    401: ("No token, or one that is not valid any more.", "UNAUTHORIZED", "token expired"),
    403: (
        "The role does not allow it.",
        "FORBIDDEN",
        "approve needs the role manager or a higher one; lena is editor",
    ),
    404: ("It does not exist.", "NOT_FOUND", "There is no invoice 7d0c."),
    409: (
        "Not in this state; `details.allowed` says what is.",
        "CONFLICT",
        "The invoice is approved; finalize is not possible in this status.",
    ),
    413: ("More than 2 MiB.", "TOO_LARGE", "The body is too large; 2 MiB at the most."),
    500: ("ClickHouse was too slow, or something unexpected.", "INTERNAL_ERROR", "ClickHouse did not answer ..."),
    503: ("PostgreSQL, Temporal or ClickHouse is down.", "UNAVAILABLE", "PostgreSQL does not answer; try again."),
    504: (
        "Not known whether it happened.",
        "OUTCOME_UNKNOWN",
        "outcome unknown, repeat with the same Idempotency-Key",
    ),
}
_DETAILS: dict[int, Any] = {
    400: [{"path": "reason", "message": "is required"}],
    409: {"reason": "Refused", "allowed": ["deliver", "reopen", "void", "hold"]},
}


def errors(*statuses: int) -> Responses:
    return {status: _documented(status) for status in statuses}


def _documented(status: int) -> dict[str, Any]:
    description, code, message = _MEANING[status]
    error = {"code": code, "message": message, "request_id": "0b6a7d1e-6a39-4a52-9a3c-0d1f8f0f4a11"}
    if status in _DETAILS:
        error |= {"details": _DETAILS[status]}
    return {
        "model": ErrorEnvelope,
        "description": description,
        "content": {"application/json": {"example": {"data": None, "error": error}}},
    }
