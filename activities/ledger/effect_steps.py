"""The steps by which one effect is carried out at its vendor; the ledger runs them in a safe order.

An activity makes one object for each attempt, so that a step may keep what the next one needs.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from activities.ledger.entry import Found, NotNeeded

AT_ONCE: Final = timedelta(0)

Payload = str | bytes | Mapping[str, Any] | Sequence[Any]


class EffectSteps(ABC):
    # Probe also before the first attempt, where somebody else may have made the thing.
    always_probe: bool = False
    # Whether `read_back` is to be called.
    reads_back: bool = False
    # How late an attempt without an answer may still take effect, or show; zero where `create` itself is refused when
    # the thing is there.
    settle: timedelta = AT_ONCE

    @abstractmethod
    def payload(self) -> Payload:
        """Return what is sent, or what it is made from. The ledger keeps its digest."""

    @abstractmethod
    async def probe(self) -> Found | NotNeeded | None:
        """Look for our marker at the vendor. None: it is not there."""

    async def prepare(self) -> None:  # noqa: B027 - most effects need no preparation
        """Find out what must be known before `create`. Changes nothing at the vendor."""

    @abstractmethod
    async def create(self) -> Found:
        """Call the vendor once."""

    async def read_back(self, made: Found) -> Found:
        """Complete what `create` returned. If this fails, the thing is at the vendor all the same."""
        return made
