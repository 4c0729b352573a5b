"""Changes of a draft's lines, applied in their order. A draft may have ten thousand lines, and an edit may change each
of them: the work grows with both added, never with one times the other."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import count

from models.contracts.rate_rule import Tier
from models.invoice.content.basis import WorklogSource
from models.invoice.content.lines import MANUAL_RULE, Line, LineType
from models.invoice.editing.inputs import AddLine, ChangeLine, LineChange, LineInput, OrderLines, RemoveLine
from models.invoice.errors import InvalidChange
from models.values.money import Currency, round_amount

# What the columns of PostgreSQL hold: 18 digits for money, two of them decimals.
LARGEST_AMOUNT = Decimal("1e16")

_IDS_TOLD = 50


def apply_line_changes(lines: tuple[Line, ...], changes: Iterable[LineChange], currency: Currency) -> tuple[Line, ...]:
    """Raises InvalidChange where a change names a line that is not there."""
    draft = _Lines(lines, currency)
    for change in changes:
        draft.apply(change)
    return draft.as_tuple()


def line_amount(quantity: Decimal, price: Decimal, factor: Decimal, currency: Currency) -> Decimal:
    amount = quantity * price * factor
    if abs(amount) >= LARGEST_AMOUNT:
        raise InvalidChange(f"{quantity} × {price} × {factor} is more than an invoice can carry.")
    return round_amount(amount, currency)


def next_id(lines: Iterable[Line]) -> str:
    return f"L{_highest(lines) + 1}"


def new_ids(lines: Iterable[Line]) -> Iterator[str]:
    return (f"L{n}" for n in count(_highest(lines) + 1))


def _highest(lines: Iterable[Line]) -> int:
    return max((int(line.id[1:]) for line in lines), default=0)


class _Lines:
    """The lines by id, the places in their order, and what was put before each place. A place outlives its line."""

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
                given = change.model_dump(exclude={"op", "id"}, exclude_none=True)
                self._lines[change.id] = self._changed(self._named(change.id), given)
            case RemoveLine():
                del self._lines[self._named(change.id).id]
            case OrderLines():
                if sorted(change.ids) != sorted(self._lines):
                    raise InvalidChange(f"A new order must name each line once: {self._known()}")
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
        """Each place behind those that were put before it. With a stack of its own: they may be put before each other
        any number of times."""
        waiting = list(reversed(self._places))
        opened: set[str] = set()
        while waiting:
            place = waiting.pop()
            if place in self._before and place not in opened:
                opened.add(place)
                waiting += [place, *reversed(self._before[place])]
            else:
                yield place

    def _named(self, line_id: str) -> Line:
        line = self._lines.get(line_id)
        if line is None:
            raise InvalidChange(f"There is no line {line_id!r}; the draft has {self._known()}.")
        return line

    def _known(self) -> str:
        ids = [place for place in self._in_order() if place in self._lines]
        more = f" and {len(ids) - _IDS_TOLD} more" if len(ids) > _IDS_TOLD else ""
        return (", ".join(ids[:_IDS_TOLD]) or "none") + more


def _manual_line(line_id: str, given: LineInput, currency: Currency) -> Line:
    return Line(
        id=line_id,
        line_type=LineType(given.line_type),
        description=given.description,
        quantity=given.quantity,
        unit_price=given.unit_price,
        line_total=line_amount(given.quantity, given.unit_price, given.rate_multiplier, currency),
        rate_multiplier=given.rate_multiplier,
        source=_work_named(given),
        is_manual=True,
        billed=given.billed,
        rule=MANUAL_RULE,
    )


def _work_named(given: LineInput) -> WorklogSource | None:
    """The issue and the tier of a line that a person writes; it has no worklogs."""
    tier = Tier.OVERTIME if given.line_type == "overtime" else Tier.STANDARD
    named = WorklogSource(jira_key=given.jira_key, rate_tier=tier)
    return None if named == WorklogSource() else named
