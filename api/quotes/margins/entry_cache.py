"""A cache of computed margins, in which an entry is used only for equal facts."""

import asyncio
from typing import Final, NamedTuple

from cachetools import LRUCache

from api.errors import Invalid
from models.quotes.calculator.cost_book import CalculationRefused
from models.quotes.margins.entries import MarginEntries, margin_entries
from models.quotes.margins.facts import MarginFacts

MOST_KEPT: Final = 100_000


class _Computed(NamedTuple):
    facts: MarginFacts
    found: MarginEntries

    @property
    def size(self) -> int:
        return len(self.found.entries) + 1


class EntryCache:
    """Computes the entries of facts, and again only when the facts have changed.

    A person looks at the same months by client, by contract and by month.
    """

    def __init__(self) -> None:
        self._kept: LRUCache[object, _Computed] = LRUCache(MOST_KEPT, getsizeof=lambda each: each.size)

    async def entries(self, facts: MarginFacts) -> MarginEntries:
        """Return the entries of the facts. Raise Invalid for a currency without an exchange rate."""
        key = facts.months, facts.currency, frozenset(facts.work)
        computed = await asyncio.to_thread(_computed, facts, self._kept.get(key))
        if computed.size <= MOST_KEPT:
            self._kept[key] = computed
        return computed.found


def _computed(facts: MarginFacts, kept: _Computed | None) -> _Computed:
    if kept is not None and kept.facts == facts:
        return kept
    try:
        return _Computed(facts, margin_entries(facts))
    except CalculationRefused as refused:
        raise Invalid.at(refused.path, refused.message) from refused
