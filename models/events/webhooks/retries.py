"""When a delivery is tried again, and when an endpoint is given up (docs/specification/events.md 6.3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

LONGEST_RETRY_AFTER: Final = timedelta(days=1)
OK, MULTIPLE_CHOICES, GONE = 200, 300, 410


def is_delivered(status: int | None) -> bool:
    """Return whether the receiver has taken the event."""
    return status is not None and OK <= status < MULTIPLE_CHOICES


def next_pause(pauses: Sequence[timedelta], failed: int, retry_after: timedelta | None = None) -> timedelta | None:
    """Return the pause after so many failed attempts; None when the delivery is given up.

    A receiver that asks for a longer pause gets it, up to a day.
    """
    if failed > len(pauses):
        return None
    return max(pauses[failed - 1], min(retry_after or timedelta(), LONGEST_RETRY_AFTER))


def reason_to_disable(
    status: int | None, failing_since: datetime, now: datetime, disable_after: timedelta
) -> str | None:
    """Return why an endpoint is disabled after this failed attempt, as a message; None if it stays enabled."""
    if status == GONE:
        return "The receiver answered 410 Gone: it wants no more webhooks."
    if now - failing_since >= disable_after:
        return f"No delivery has succeeded since {failing_since:%Y-%m-%d %H:%M} UTC."
    return None
