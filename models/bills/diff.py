"""What a new version of a bill changed: its totals, and its lines by their keys."""

from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from models.bills.bill import Bill
from models.values.base_models import Frozen

MOST_LINES = 200


class LineChange(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class LineDiff(Frozen):
    """A line, or equal lines with one key, in both versions; the costs are sums over them."""

    change: LineChange
    line_key: str
    description: str
    service_name: str | None = None
    before: Decimal | None = None
    after: Decimal | None = None


class TotalDiff(Frozen):
    """An amount before and after."""

    before: Decimal
    after: Decimal


class BillDiff(Frozen):
    """What a version changed of the one before. `lines` has at most 200 of the changed lines; `counts` counts all."""

    from_version: int
    to_version: int
    net: TotalDiff
    tax: TotalDiff
    gross: TotalDiff
    lines_before: int
    lines_after: int
    fields: tuple[str, ...] = Field(default=(), description="other fields of the bill that have changed")
    counts: dict[LineChange, int] = {}
    lines: tuple[LineDiff, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.fields and not any(self.counts.values())


_FIELDS = ("number", "issuer", "currency", "period_start", "period_end", "issued_at", "status", "stated_total")


def diff_of(before: Bill, after: Bill, counts: dict[LineChange, int], lines: tuple[LineDiff, ...] = ()) -> BillDiff:
    """Return the difference of two versions, whose lines were compared already."""
    changed = tuple(name for name in (*_FIELDS, "problems") if getattr(before, name) != getattr(after, name))
    return BillDiff(
        from_version=before.version,
        to_version=after.version,
        net=TotalDiff(before=before.totals.net, after=after.totals.net),
        tax=TotalDiff(before=before.totals.tax, after=after.totals.tax),
        gross=TotalDiff(before=before.totals.gross, after=after.totals.gross),
        lines_before=before.line_count,
        lines_after=after.line_count,
        fields=changed,
        counts=counts,
        lines=lines[:MOST_LINES],
    )
