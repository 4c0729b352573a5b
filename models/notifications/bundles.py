"""When notices are sent, and which of them share a message.

The notices of a chat wait until it has been quiet for some seconds, but not longer than a minute. A few are then sent
one by one; many, such as those of a billing run, become one message with counts and sums.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from models.notifications.notice import Notice, NoticeKind
from models.values.base_models import Frozen

QUIET: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(seconds=60)
MOST_ALONE: Final = 3
LISTED: Final = 15


class Section(Frozen):
    """The notices of one kind in a bundle: their number, the sum for each currency, and the first of them."""

    kind: NoticeKind
    count: int
    sums: tuple[tuple[str, Decimal], ...]
    listed: tuple[Notice, ...]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.listed)


def due_at(oldest: datetime, newest: datetime) -> datetime:
    """Return when waiting notices are sent, of which the oldest and the newest came at these times."""
    return min(newest + QUIET, oldest + LONGEST_WAIT)


def messages(notices: Sequence[Notice]) -> list[tuple[Notice, ...]]:
    """Return the notices that share a message, for each message; the notices are of one topic and in order."""
    if len(notices) <= MOST_ALONE:
        return [(notice,) for notice in notices]
    return [tuple(notices)]


def sections(notices: Sequence[Notice]) -> tuple[Section, ...]:
    """Return the sections of a bundle, in the order in which the kinds occur."""
    return tuple(_section(kind, notices) for kind in dict.fromkeys(notice.kind for notice in notices))


def _section(kind: NoticeKind, notices: Sequence[Notice]) -> Section:
    of_kind = [notice for notice in notices if notice.kind is kind]
    sums: dict[str, Decimal] = {}
    for notice in of_kind:
        sums[notice.currency] = sums.get(notice.currency, Decimal(0)) + notice.amount
    return Section(kind=kind, count=len(of_kind), sums=tuple(sorted(sums.items())), listed=tuple(of_kind[:LISTED]))
