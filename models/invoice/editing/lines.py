"""Changes of a draft's lines, applied in their order.

A draft may have ten thousand lines, and an edit may change each of them. The time needed grows with the sum of lines
and changes, not with their product.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import count

from models.contracts.rate_rule import Tier
from models.invoice.content.basis import WorklogSource
from models.invoice.content.lines import MANUAL_RULE, Line, LineType
from models.invoice.editing.inputs import AddLine, ChangeLine, LineChange, LineInput, OrderLines, RemoveLine
from models.invoice.errors import InvalidChange
from models.values.money import Currency, round_amount, surplus_decimals

# The PostgreSQL columns for money have 18 digits, two of them decimals.
LARGEST_AMOUNT = Decimal("1e16")

_LISTED_IDS = 50


def apply_line_changes(lines: tuple[Line, ...], changes: Iterable[LineChange], currency: Currency) -> tuple[Line, ...]:
    """Return the lines after the changes. Raises InvalidChange for a line that does not exist, or a bad price."""
    draft = _Lines(lines, currency)
    for position, change in enumerate(changes):
        _check_price(change, position, currency)
        draft.apply(change)
    return draft.as_tuple()


def _check_price(change: LineChange, position: int, currency: Currency) -> None:
    match change:
        case AddLine():
            path, price = "line.unit_price", change.line.unit_price
        case ChangeLine(unit_price=Decimal() as changed):
            path, price = "unit_price", changed
        case _:
            return
    if reason := surplus_decimals(price, currency):
        raise InvalidChange(f"line_changes.{position}.{path}: {reason}.")


def line_amount(quantity: Decimal, price: Decimal, factor: Decimal, currency: Currency) -> Decimal:
    """Return quantity x price x multiplier, rounded. Raises InvalidChange if it exceeds the largest amount."""
    amount = quantity * price * factor
    if abs(amount) >= LARGEST_AMOUNT:
        raise InvalidChange(f"{quantity} × {price} × {factor} is more than the largest amount of an invoice.")
    return round_amount(amount, currency)


def next_id(lines: Iterable[Line]) -> str:
    """Return an id that no line has."""
    return f"L{_highest(lines) + 1}"


def new_ids(lines: Iterable[Line]) -> Iterator[str]:
    """Return an endless iterator over ids that no line has."""
    return (f"L{n}" for n in count(_highest(lines) + 1))


def _highest(lines: Iterable[Line]) -> int:
    return max((int(line.id[1:]) for line in lines), default=0)


class _Lines:
    """The lines of a draft while changes are applied.

    `_places` has the ids in their order, `_before` the ids that were inserted before each place. The place of a removed
    line stays, so that lines can still be inserted before it.
    """

    def __init__(self, lines: tuple[Line, ...], currency: Currency) -> None:
        self._currency = currency
        self._lines = {line.id: line for line in lines}
        self._places = list(self._lines)
        self._before: dict[str, list[str]] = {}
        self._highest = _highest(lines)

    def apply(self, change: LineChange) -> None:
        match change:
            case AddLine():
                self._add(change)
            case ChangeLine():
                given = change.model_dump(exclude={"op", "id", "service_code"}, exclude_none=True)
                if change.service_code is not None:
                    given["service_code"] = change.service_code.service_code
                self._lines[change.id] = self._changed(self._named(change.id), given)
            case RemoveLine():
                del self._lines[self._named(change.id).id]
            case OrderLines():
                if sorted(change.ids) != sorted(self._lines):
                    raise InvalidChange(
                        f"line_changes: the new order must name each line exactly once: {self._known()}."
                    )
                self._places, self._before = list(change.ids), {}

    def as_tuple(self) -> tuple[Line, ...]:
        return tuple(self._lines[place] for place in self._in_order() if place in self._lines)

    def _add(self, change: AddLine) -> None:
        before = change.before
        row = self._places if before is None else self._before.setdefault(self._named(before).id, [])
        self._highest += 1
        line = _manual_line(f"L{self._highest}", change.line, self._currency)
        row.append(line.id)
        self._lines[line.id] = line

    def _changed(self, line: Line, given: dict[str, object]) -> Line:
        changed = line.model_copy(update=given | {"is_manual": True})
        if given.keys() & {"quantity", "unit_price", "rate_multiplier"}:
            amount = line_amount(changed.quantity, changed.unit_price, changed.rate_multiplier, self._currency)
            return changed.model_copy(update={"line_total": amount})
        return changed

    def _in_order(self) -> Iterator[str]:
        """Yield each place after the places inserted before it.

        The method uses a stack instead of recursion, because insertions may be nested deeper than Python can recurse.
        """
        stack = list(reversed(self._places))
        expanded: set[str] = set()
        while stack:
            place = stack.pop()
            if place in self._before and place not in expanded:
                expanded.add(place)
                stack += [place, *reversed(self._before[place])]
            else:
                yield place

    def _named(self, line_id: str) -> Line:
        line = self._lines.get(line_id)
        if line is None:
            raise InvalidChange(f"line_changes: there is no line {line_id!r}; the draft has the lines {self._known()}.")
        return line

    def _known(self) -> str:
        ids = [place for place in self._in_order() if place in self._lines]
        more = f" and {len(ids) - _LISTED_IDS} more" if len(ids) > _LISTED_IDS else ""
        return (", ".join(ids[:_LISTED_IDS]) or "none") + more


def _manual_line(line_id: str, given: LineInput, currency: Currency) -> Line:
    return Line(
        id=line_id,
        line_type=LineType(given.line_type),
        description=given.description,
        quantity=given.quantity,
        unit_price=given.unit_price,
        line_total=line_amount(given.quantity, given.unit_price, given.rate_multiplier, currency),
        rate_multiplier=given.rate_multiplier,
        source=_manual_source(given),
        is_manual=True,
        billed=given.billed,
        service_code=given.service_code.service_code if given.service_code else None,
        rule=MANUAL_RULE,
    )


def _manual_source(given: LineInput) -> WorklogSource | None:
    """Return the issue and the tier of a line added by hand; None if it has neither. It has no worklogs."""
    tier = Tier.OVERTIME if given.line_type == "overtime" else Tier.STANDARD
    source = WorklogSource(jira_key=given.jira_key, rate_tier=tier)
    return None if source == WorklogSource() else source
