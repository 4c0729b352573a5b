"""When an invoice looks at its act in Didox: a few times at once, and then when it is told, and at least once a week.

See docs/specification/effects.md 5.9.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SWEEP_EVERY: Final = timedelta(hours=1)
# A sweep that is older counts as switched off, so each invoice looks for itself.
SWEEP_OVERDUE: Final = 3 * SWEEP_EVERY
OWN_LOOK_EVERY: Final = timedelta(days=1)
FIRST_PAUSE: Final = timedelta(seconds=2)
FIRST_LOOKS_END: Final = timedelta(minutes=2)


class Look(StrEnum):
    """Why an invoice looks at its act again. Without a reason it looks a few times at once, as a person may sign."""

    REPORTED = "reported"
    DAILY = "daily"
    """The daily look of an invoice that nobody told; it is left out while the sweep works."""
    WEEKLY = "weekly"
    """A daily look that also happens while the sweep works, because the list of documents may lack one."""


def next_first_look(age: timedelta) -> timedelta | None:
    """Return the pause until the next of the first looks; None after the last. They come at 0, 2, 6, 18, 54, 162 s."""
    return max(FIRST_PAUSE, 2 * age) if age < FIRST_LOOKS_END else None


def own_look(since: datetime, now: datetime) -> Look:
    """Return the look of an invoice that waits since then and was not told of a change for a day."""
    return Look.DAILY if (now - since).days % 7 else Look.WEEKLY


def is_left_out(look: Look | None, last_sweep: datetime | None, now: datetime) -> bool:
    """Return whether the look is not needed, because a sweep has looked for all invoices."""
    return look is Look.DAILY and last_sweep is not None and now - last_sweep < SWEEP_OVERDUE
