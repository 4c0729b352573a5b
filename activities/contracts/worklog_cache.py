"""A cache of the worklogs that reports read, in which an entry is used only while no row of it has changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from cachetools import LRUCache

from activities.clients.clickhouse.rows import WorklogDigest, WorklogsOfContracts
from activities.clients.clickhouse.warehouse import Warehouse

# Each takes about one kilobyte.
MOST_KEPT: Final = 100_000

Labels = Mapping[str, Sequence[str]]


class CountedWorklogs(NamedTuple):
    """Worklogs, and their number and hash in ClickHouse when they were read."""

    digest: WorklogDigest
    worklogs: WorklogsOfContracts


class WorklogCache:
    """Reads worklogs of several contracts, and again only when ClickHouse says that one of their rows has changed."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._kept: LRUCache[object, CountedWorklogs] = LRUCache(MOST_KEPT, getsizeof=lambda each: each.digest.rows + 1)

    async def worklogs_of(self, labels: Labels, first: date, last: date, at_most: int) -> CountedWorklogs:
        """Return the worklogs as `Warehouse.worklogs_of` does: the same objects while nothing has changed.

        If there are more than `at_most`, which is below MOST_KEPT, they are only counted.
        """
        key = tuple((name, tuple(each)) for name, each in sorted(labels.items())), first, last
        digest = await self._digest(labels, first, last, at_most)
        if digest.rows > at_most:
            return CountedWorklogs(digest, WorklogsOfContracts({}, {}))
        kept = self._kept.get(key)
        if kept is None or kept.digest != digest:
            read = await self._warehouse.in_thread(lambda: self._warehouse.worklogs_of(labels, first, last))
            kept = CountedWorklogs(digest, read)
            if await self._digest(labels, first, last, at_most) == digest:  # no row was changed while they were read
                self._kept[key] = kept
        return kept

    async def _digest(self, labels: Labels, first: date, last: date, at_most: int) -> WorklogDigest:
        wanted = {label for of_contract in labels.values() for label in of_contract}
        return await self._warehouse.in_thread(lambda: self._warehouse.worklog_digest(wanted, first, last, at_most))
