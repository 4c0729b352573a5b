"""What a new invoice changes against the rejected one in whose place it is (docs/specification/partner.md 10.2)."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from models.invoice.content.basis import OrderSource
from models.invoice.content.content import Content
from models.invoice.content.lines import Line
from models.values.base_models import Frozen


class LineChangeKind(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class LineSide(Frozen):
    """A line as one of the two invoices has it."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    line_total: Decimal


class LineDifference(Frozen):
    """One line of either invoice. `order_key` is None for a line that a person added."""

    kind: LineChangeKind
    order_key: str | None
    before: LineSide | None
    after: LineSide | None


def line_differences(rejected: Content, new: Content) -> tuple[LineDifference, ...]:
    """Return every line of the new invoice, then the removed ones, each compared with its counterpart.

    Computed lines belong together by their order and type, lines added by hand by their text.
    """
    return tuple(_differences(rejected, new))


def _differences(rejected: Content, new: Content) -> Iterator[LineDifference]:
    before = {_identity(line): line for line in rejected.lines}
    for line in new.lines:
        old = before.pop(_identity(line), None)
        kind = LineChangeKind.ADDED if old is None else _kind(old, line)
        yield LineDifference(kind=kind, order_key=_order(line), before=_side(old) if old else None, after=_side(line))
    for line in before.values():
        yield LineDifference(kind=LineChangeKind.REMOVED, order_key=_order(line), before=_side(line), after=None)


def _kind(old: Line, new: Line) -> LineChangeKind:
    return LineChangeKind.SAME if _side(old) == _side(new) else LineChangeKind.CHANGED


def _identity(line: Line) -> str:
    return line.identity or f"manual|{line.description}"


def _order(line: Line) -> str | None:
    return line.source.order_key if isinstance(line.source, OrderSource) else None


def _side(line: Line) -> LineSide:
    return LineSide(
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        line_total=line.line_total,
    )
