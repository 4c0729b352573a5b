"""The monthly quota of calls, as PlanFact reports it in the headers of each answer (docs/specification/effects.md 4.3).

When it is used up, no call is sent before it is renewed. Once an hour one call is let through nevertheless, because the
quota may have been raised.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from activities.clients.errors import RateLimited

CHECK_AGAIN = timedelta(hours=1)


class MonthlyQuota:
    """The quota as the newest answer reported it; until the first answer it counts as sufficient."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._renewed_at: datetime | None = None
        self._reported_at = datetime.min.replace(tzinfo=UTC)

    def note(self, headers: Mapping[str, str], *, refused: bool) -> None:
        """Remember what an answer reports. `X-Quota-Remaining` does not count the call that it answers."""
        remaining = _number(headers.get("X-Quota-Remaining"))
        if remaining is None:
            return
        reset = _number(headers.get("X-Quota-Reset"))
        self._left = remaining if refused else remaining - 1
        self._reported_at = datetime.now(UTC)
        self._renewed_at = datetime.fromtimestamp(reset, UTC) if reset else None

    def require(self, calls: int) -> None:
        """Raise RateLimited, with the time until the quota is renewed, if it does not suffice for so many calls."""
        now = datetime.now(UTC)
        if self._left is None or self._left >= calls or now >= self._reported_at + CHECK_AGAIN:
            return
        renewed_at = self._renewed_at or self._reported_at + CHECK_AGAIN
        if now >= renewed_at:
            return
        left = "1 call" if self._left == 1 else f"{max(self._left, 0)} calls"
        raise RateLimited(
            f"The monthly quota of PlanFact has {left} left, and this step needs {calls}. Nothing "
            f"is sent before it is renewed on {renewed_at:%Y-%m-%d at %H:%M} UTC; the effect continues then by itself.",
            renewed_at - now,
        )


def _number(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None
