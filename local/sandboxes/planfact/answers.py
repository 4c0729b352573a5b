"""The envelope of every answer, with the headers of the quota, and the pages of lists."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Request
from starlette.responses import Response

from activities.clients import decimal_json
from local.sandboxes import admin
from local.sandboxes.state import Record, SandboxState

PAGE_LIMIT = 10_000
MONTHLY_QUOTA = 100_000
# So many that no test has to wait; `/__sandbox/quota` sets fewer.
CALLS_A_MINUTE = 60_000
MINUTE = timedelta(minutes=1)


class PlanFactError(Exception):
    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def envelope(
    state: SandboxState, data: object, *, status: int = 200, message: str | None = None, code: str | None = None
) -> Response:
    answer = admin.json(
        {
            "data": data,
            "isSuccess": message is None,
            "errorMessage": message,
            "errorCode": code,
            "errorCodeTitle": None,
            "errors": None,
        },
        status,
    )
    limit, used = quota_of(state), _used(state)
    answer.headers.update(
        {
            "X-RateLimit-Limit": str(calls_a_minute(state)),
            "X-Quota-Limit": str(limit),
            "X-Quota-Used": str(used),
            "X-Quota-Remaining": str(max(limit - used, 0)),
            "X-Quota-Reset": str(int(_next_month(state.now()).timestamp())),
        }
    )
    return answer


def quota_of(state: SandboxState) -> int:
    return int((state.get("quota", "limit") or {"calls": MONTHLY_QUOTA})["calls"])


def calls_a_minute(state: SandboxState) -> int:
    return _set_for_a_minute(state) or CALLS_A_MINUTE


def _set_for_a_minute(state: SandboxState) -> int | None:
    limit: int | None = (state.get("quota", "limit") or {}).get("per_minute")
    return limit


def require_quota(state: SandboxState) -> None:
    """Raise PlanFactError if the calls of this month, or those of this minute, are used up."""
    if _used(state) >= quota_of(state):
        raise PlanFactError(429, "Monthly quota exceeded")
    limit = _set_for_a_minute(state)
    if limit and state.count_requests_since(state.now() - MINUTE) > limit:
        raise PlanFactError(429, "Too many requests in a minute")


def _used(state: SandboxState) -> int:
    """Return the calls of this month without the current one."""
    earlier, month = state.count_requests() - 1, f"{state.now():%Y-%m}"
    first = state.get("quota", "month")
    if first is None or first["month"] != month:
        first = state.put("quota", "month", {"month": month, "earlier": earlier if first else 0})
    return earlier - int(first["earlier"])


def _next_month(now: datetime) -> datetime:
    return datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)


async def body_of(request: Request) -> dict[str, Any]:
    try:
        body = decimal_json.loads(await request.body())
    except ValueError as error:
        raise PlanFactError(400, "Unexpected character encountered while parsing value. Path '', line 0.") from error
    if not isinstance(body, dict):
        raise PlanFactError(400, "The field model is invalid")
    return body


def filters_are_ignored(state: SandboxState) -> bool:
    """Return whether lists behave as if the name of every filter were misspelt."""
    return bool((state.get("lists", "behaviour") or {}).get("ignore_filters"))


def page(state: SandboxState, rows: list[Record], offset: object, limit: object) -> Response:
    if not (isinstance(offset, int) and isinstance(limit, int) and offset >= 0 and 0 < limit <= PAGE_LIMIT):
        raise PlanFactError(400, "The field paging is invalid")
    items = rows[offset : offset + limit]
    if rows and (state.get("lists", "behaviour") or {}).get("capped"):
        # As if there were more rows than the maximum, and the page were ignored.
        items = [rows[n % len(rows)] for n in range(PAGE_LIMIT)]
    # An answer with the maximum number of items has no total.
    total = 0 if len(items) == PAGE_LIMIT else len(rows)
    return envelope(state, {"items": items, "total": total, "deletedItems": [], "totalDeleted": 0})
