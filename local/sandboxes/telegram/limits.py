"""Telegram's limits: one message a second in a chat, twenty a minute in a group, thirty a second in all."""

from collections import deque
from datetime import datetime, timedelta
from math import ceil

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Limits:
    """The times of the newest messages, kept in memory; a restart forgets them, as Telegram does not promise them."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, timedelta], deque[datetime]] = {}

    def clear(self) -> None:
        self._sent.clear()

    def seconds_to_wait(self, chat: str, now: datetime) -> int:
        """Return 0 and count the message, or return how many seconds it has to wait."""
        windows = [(chat, SECOND, 1), ("", SECOND, 30)]
        if chat.startswith(("-", "@")):
            windows.append((chat, MINUTE, 20))
        waits = [self._wait(name, span, most, now) for name, span, most in windows]
        if longest := max(waits):
            return longest
        for name, span, _ in windows:
            self._sent[name, span].append(now)
        return 0

    def _wait(self, name: str, span: timedelta, most: int, now: datetime) -> int:
        times = self._sent.setdefault((name, span), deque())
        while times and times[0] <= now - span:
            times.popleft()
        return ceil((times[0] + span - now).total_seconds()) if len(times) >= most else 0
