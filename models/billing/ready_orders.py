"""Orders that are ready and forgotten, and batches whose month is over: what a sweep finds (partner.md 6.7)."""

from datetime import datetime
from typing import Self

from pydantic import Field

from models.values.base_models import Frozen
from models.values.port import Port

MOST_BATCHES = 500
ORDERS_AT_ONCE = 500
MOST_LISTED = 100


class SweepAt(Frozen):
    """The time of the sweep, by which a month is over."""

    at: datetime


class ReadyPage(Frozen):
    """One page of the orders that are ready: those after a key."""

    at: datetime
    after: str = ""


class DueBatches(Frozen):
    """The keys of open batches whose month is over, and of closed ones whose invoice was never saved."""

    keys: tuple[str, ...] = ()


class BatchToClose(Frozen):
    key: str
    at: datetime
    by: str


class ClosedBatch(Frozen):
    """A closed batch with the orders that it holds, and the ids of its invoice."""

    key: str
    partner_key: str
    workflow_id: str
    order_keys: tuple[str, ...] = ()


class OrdersToDraft(Frozen):
    """Orders that get an invoice of their own: a ready one, or those of an invoice that was never saved."""

    partner_key: str
    order_keys: tuple[str, ...]
    workflow_id: str


class OrderRefusal(Frozen):
    """An order that was imported as ready and cannot be invoiced, with the reasons."""

    order_key: str
    message: str


class ReadyOrders(Frozen):
    """What one page has: orders to draft, how many went into batches, refusals, and its last key if more follow."""

    to_draft: tuple[OrdersToDraft, ...] = ()
    into_batches: int = 0
    refused: tuple[OrderRefusal, ...] = Field(default=(), description=f"the first {MOST_LISTED}")
    refused_count: int = 0
    last: str | None = None


class OrderSweepReport(Frozen):
    """The result of a sweep."""

    batches_closed: int = 0
    drafts_started: int = 0
    into_batches: int = 0
    refused: tuple[OrderRefusal, ...] = ()
    refused_count: int = 0

    def with_page(self, page: ReadyOrders, drafts_started: int) -> Self:
        """Return the report with one page of ready orders more."""
        changes = {
            "drafts_started": self.drafts_started + drafts_started,
            "into_batches": self.into_batches + page.into_batches,
            "refused": (*self.refused, *page.refused)[:MOST_LISTED],
            "refused_count": self.refused_count + page.refused_count,
        }
        return self.model_copy(update=changes)

    @property
    def details(self) -> str:
        """The Markdown for operators."""
        lines = [
            f"- batches closed: {self.batches_closed}",
            f"- drafts started: {self.drafts_started}",
            f"- orders put into batches: {self.into_batches}",
            f"- orders that cannot be invoiced: {self.refused_count}",
        ]
        return "\n".join([*lines, *(f"  - `{each.order_key}`: {each.message}" for each in self.refused[:20])])


FIND_DUE_BATCHES = Port("batches.due", SweepAt, DueBatches)
CLOSE_BATCH = Port("batches.close", BatchToClose, ClosedBatch)
PLACE_READY_ORDERS = Port("orders.place_ready", ReadyPage, ReadyOrders)
