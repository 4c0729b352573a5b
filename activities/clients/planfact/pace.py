"""The pace of the calls to PlanFact within its limit of a minute, as it reports it in the header `X-RateLimit-Limit`.

After an outage many effects wait, and each of them needs several calls. If all began at once, most would be cut off in
the middle by the limit and begin anew, and their calls would be wasted. So an effect begins when its turn has come, and
makes its calls without a pause. See docs/specification/effects.md 4.3.
"""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from activities.clients.errors import RateLimited

MINUTE: Final = 60.0
# Of the limit of a minute a quarter may be used at once, and three quarters are spread over the minute: together they
# never exceed it.
AT_ONCE: Final = 0.25
SPREAD: Final = 0.75
BURST_SECONDS: Final = MINUTE * AT_ONCE / SPREAD
# A timer of Temporal may end this much before the turn that it waited for.
EARLY_SECONDS: Final = 0.5
# An effect that has not come back by then is no longer expected.
FORGOTTEN_SECONDS: Final = 600.0


class Pace:
    """The turns of effects. Until the first answer names the limit, every effect begins at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit: int | None = None
        self._free_at = 0.0  # when the calls that are promised so far will have been spread over time
        self._turns: dict[str, float] = {}

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember the limit that an answer reports."""
        text = headers.get("X-RateLimit-Limit", "")
        if text.isdecimal() and int(text) > 0:
            self._limit = int(text)

    def begin(self, effect: str, calls: int) -> None:
        """Begin an effect with so many calls. Raises RateLimited, with the time until its turn, if it has to wait."""
        if self._limit is None:
            return
        now = self._clock()
        turn = self._turns.get(effect)
        if turn is None:
            turn = self._turns[effect] = self._next_turn(now, calls)
        if turn > now + EARLY_SECONDS:
            raise RateLimited(
                f"PlanFact takes {self._limit} calls a minute, and earlier effects need them first. This effect "
                "continues by itself when its turn comes.",
                timedelta(seconds=turn - now),
            )
        del self._turns[effect]

    def _next_turn(self, now: float, calls: int) -> float:
        assert self._limit is not None
        self._turns = {effect: turn for effect, turn in self._turns.items() if turn > now - FORGOTTEN_SECONDS}
        lasts = calls * MINUTE / (self._limit * SPREAD)
        self._free_at = max(now, self._free_at) + lasts
        return max(now, self._free_at - max(BURST_SECONDS, lasts))
