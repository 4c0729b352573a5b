"""The documentation of a route's errors in the OpenAPI document."""

from typing import Any

from api.http.envelopes import ErrorEnvelope

Responses = dict[int | str, dict[str, Any]]

# For each status: the description, the error code, and an example message.
_ERRORS: dict[int, tuple[str, str, str]] = {
    400: ("A field or the change is invalid; `details` names each.", "VALIDATION_ERROR", "reason: is required"),
    401: ("The token is missing, expired or not valid.", "UNAUTHORIZED", "token expired"),
    403: (
        "The user's role does not permit it.",
        "FORBIDDEN",
        "approve needs the role manager or a higher one; lena is editor",
    ),
    404: ("It does not exist.", "NOT_FOUND", "There is no invoice 7d0c."),
    409: (
        "Not possible in this state; `details.allowed` lists the commands that are.",
        "CONFLICT",
        "The invoice is approved; finalize is not possible in this status.",
    ),
    413: ("The body is larger than 2 MiB.", "TOO_LARGE", "The body is too large; 2 MiB at the most."),
    422: (
        "A field of the invoice is invalid; `details` names each.",
        "VALIDATION_ERROR",
        "amount_gross_minor: must be amount_net_minor + amount_tax_minor, 7902 + 790 = 8692; it is 8693",
    ),
    429: (
        "Too many failed logins for this name or from this address; `Retry-After` has the seconds to wait.",
        "TOO_MANY_REQUESTS",
        "too many failed logins; try again in 8 s",
    ),
    500: (
        "ClickHouse was too slow, or an unexpected error occurred.",
        "INTERNAL_ERROR",
        "ClickHouse did not answer ...",
    ),
    503: (
        "PostgreSQL, Temporal or ClickHouse does not answer.",
        "UNAVAILABLE",
        "PostgreSQL does not answer; try again.",
    ),
    504: (
        "It is not known whether the command was executed.",
        "OUTCOME_UNKNOWN",
        "outcome unknown, repeat with the same Idempotency-Key",
    ),
}
_DETAILS: dict[int, Any] = {
    400: [{"path": "reason", "message": "is required"}],
    409: {"reason": "Refused", "allowed": ["deliver", "reopen", "void", "hold"]},
    422: [{"path": "amount_gross_minor", "message": "must be amount_net_minor + amount_tax_minor, ..."}],
}


def errors(*statuses: int) -> Responses:
    """Return the `responses` of a route that may answer with these statuses."""
    return {status: _documented(status) for status in statuses}


def _documented(status: int) -> dict[str, Any]:
    description, code, message = _ERRORS[status]
    error = {"code": code, "message": message, "request_id": "0b6a7d1e-6a39-4a52-9a3c-0d1f8f0f4a11"}
    if status in _DETAILS:
        error |= {"details": _DETAILS[status]}
    return {
        "model": ErrorEnvelope,
        "description": description,
        "content": {"application/json": {"example": {"data": None, "error": error}}},
    }
