"""What does not answer now, and what people have to know meanwhile.

The services are asked at most every few seconds, however many pages are open.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from types import MappingProxyType

from api.deps import AppState
from api.health.readiness import OK, readiness
from api.pages.languages import N_

FRESH, KNOWN_FOR = 5, 60  # seconds that an answer is used for a page that asks, and for a page that is opened
SOON, LATER = 10, 30  # seconds between two questions of a page: during an outage, and otherwise


class Part(StrEnum):
    """The parts of the system, in the order in which their outages are told."""

    POSTGRES = "postgres"
    SCHEMA = "schema"
    TEMPORAL = "temporal"
    WORKER = "worker"
    CLICKHOUSE = "clickhouse"


@dataclass(frozen=True)
class Outage:
    """What people have to know while a part does not answer. Texts are in the language of the source."""

    title: str
    text: str


OUTAGES: Mapping[Part, Outage] = MappingProxyType(
    {
        Part.POSTGRES: Outage(
            N_("PostgreSQL does not answer: nothing can be read or changed"),
            N_("What this page shows stays as it is, and so does what you have typed; send it when this is over."),
        ),
        Part.SCHEMA: Outage(
            N_("The database is not of this version"),
            N_("Some pages may fail until whoever runs the system has migrated the database."),
        ),
        Part.TEMPORAL: Outage(
            N_("Temporal does not answer: reading works, changing invoices does not"),
            N_("Lists, documents and figures work, and so do settings, orders and payables. Invoices and bills wait."),
        ),
        Part.WORKER: Outage(
            N_("No worker is running: what you send waits"),
            N_("Reading works. A command that is sent now is carried out once one runs; do not send it another way."),
        ),
        Part.CLICKHOUSE: Outage(
            N_("ClickHouse does not answer: contracts and worklogs cannot be read"),
            N_("No new draft can be made. Invoices, payments, bills and settings work."),
        ),
    }
)
# While one of them is out, what it says about the others follows from it.
_HIDES: Mapping[Part, frozenset[Part]] = MappingProxyType(
    {Part.POSTGRES: frozenset({Part.SCHEMA}), Part.TEMPORAL: frozenset({Part.WORKER})}
)
_NEEDED_BY_COMMANDS = frozenset({Part.POSTGRES, Part.TEMPORAL})


@dataclass
class Outages:
    """What was found last, for all pages of one process."""

    probe: Callable[[AppState], Awaitable[Mapping[str, str]]] = readiness
    _found: Sequence[Part] = ()
    _asked_at: float | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def known(self) -> Sequence[Part]:
        """The parts that did not answer when they were asked last; none if that is long ago."""
        return self._found if self._is_younger_than(KNOWN_FOR) else ()

    async def now(self, state: AppState) -> Sequence[Part]:
        """Return the parts that do not answer now."""
        async with self._asking:
            if not self._is_younger_than(FRESH):
                self._found = parts_of(await self.probe(state))
                self._asked_at = monotonic()
            return self._found

    def _is_younger_than(self, seconds: float) -> bool:
        return self._asked_at is not None and monotonic() - self._asked_at < seconds


def parts_of(checks: Mapping[str, str]) -> Sequence[Part]:
    """Return the parts that do not answer, without those whose state follows from another one."""
    down = [part for part in Part if checks.get(part, OK) != OK]
    hidden = {hidden for part in down for hidden in _HIDES.get(part, ())}
    return [part for part in down if part not in hidden]


def shown(found: Sequence[Part], *, reloads: bool = False) -> dict[str, object]:
    """Return what the template needs. A page that could not be shown asks soon, to be loaded again."""
    return {
        "parts": [(part, OUTAGES[part]) for part in found],
        "stops_commands": any(part in _NEEDED_BY_COMMANDS for part in found),
        "asks_after": SOON if found or reloads else LATER,
        "reloads": reloads,
    }
