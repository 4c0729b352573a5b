"""What the ledger needs to know of an effect: its key, its name, its owner, and the history that requests it."""

from dataclasses import dataclass
from typing import Protocol


class LedgerRequest(Protocol):
    """An effect to execute. The requests of invoices (models/invoice/ports.py) and of records have this shape.

    `revision` and `chain` are the event of an invoice that requests it; a record without a history names none.
    """

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def owner_id(self) -> str: ...
    @property
    def revision(self) -> int | None: ...
    @property
    def chain(self) -> str | None: ...


@dataclass(frozen=True)
class RecordEffect:
    """An effect of a record that has no workflow history of its own, such as a vendor bill."""

    key: str
    name: str
    owner_id: str
    revision: int | None = None
    chain: str | None = None
