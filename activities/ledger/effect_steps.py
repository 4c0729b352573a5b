"""The steps that execute one effect at its vendor. The ledger calls them in a safe order.

An activity creates one object for each attempt, so a step may store values on it for the next step.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from activities.ledger.entry import Found, NotNeeded

NO_SETTLE_TIME: Final = timedelta(0)

Payload = str | bytes | Mapping[str, Any] | Sequence[Any]


class EffectSteps(ABC):
    """The steps of one effect. See docs/specification/effects.md 2 for the order in which they are called."""

    # Whether to probe before the first attempt, because a person may have created the record.
    always_probe: bool = False
    # Whether to call `read_back`.
    reads_back: bool = False
    # The settle time: how long after an attempt without an answer the record may still appear at the vendor. It is zero
    # where `create` itself is refused if the record exists.
    settle: timedelta = NO_SETTLE_TIME

    @abstractmethod
    def payload(self) -> Payload:
        """Return the data of the request, of which the ledger stores the digest."""

    @abstractmethod
    async def probe(self) -> Found | NotNeeded | None:
        """Search the vendor for the record of this effect by its marker; return None if there is none."""

    async def prepare(self) -> None:  # noqa: B027 - most effects need no preparation
        """Read what `create` needs. It changes nothing at the vendor."""

    @abstractmethod
    async def create(self) -> Found:
        """Call the vendor once and return the new record."""

    async def read_back(self, created: Found) -> Found:
        """Return the record with what only a second call can tell. The record exists even if this step fails."""
        return created
