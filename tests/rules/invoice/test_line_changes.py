"""Changes of lines in their order, compared with a simple implementation."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.contract import DealType
from models.invoice.content.content import Content
from models.invoice.editing.inputs import AddLine, ChangeLine, LineChange, LineInput, OrderLines, RemoveLine
from models.invoice.editing.lines import apply_line_changes
from models.invoice.errors import InvalidChange
from models.values.money import Currency
from tests.fixtures.invoices import contract, drafted, worklog

MANY = 500


def hourly(count: int) -> Content:
    logs = [worklog(1, issue=f"PROJ-{n}", worklog_id=f"w{n}") for n in range(count)]
    return drafted(contract(logs, DealType.HR))


FIVE = hourly(5).lines


def added(before: str | None) -> AddLine:
    return AddLine(op="add", line=LineInput(description="by hand", unit_price=Decimal(1)), before=before)


def in_the_plainest_way(ids: list[str], steps: list[tuple[str, int]]) -> tuple[list[LineChange], list[str]]:
    """Return the changes of the steps, and the ids after them. Each step names a line by its position."""
    changes: list[LineChange] = []
    highest = len(ids)
    left = list(ids)
    for kind, number in steps:
        at = number % len(left) if left else 0
        if kind == "append" or not left:
            highest += 1
            changes.append(added(None))
            left.append(f"L{highest}")
        elif kind == "before":
            highest += 1
            changes.append(added(left[at]))
            left.insert(at, f"L{highest}")
        elif kind == "remove":
            changes.append(RemoveLine(op="remove", id=left.pop(at)))
        else:
            left.reverse()
            changes.append(OrderLines(op="reorder", ids=tuple(left)))
    return changes, left


@given(st.lists(st.tuples(st.sampled_from(("append", "before", "remove", "reorder")), st.integers(0, 50)), max_size=30))
def test_the_order_is_the_same_as_with_one_change_after_the_other(steps: list[tuple[str, int]]) -> None:
    changes, left = in_the_plainest_way([line.id for line in FIVE], steps)
    assert [line.id for line in apply_line_changes(FIVE, changes, Currency.UZS)] == left


def test_a_removed_line_cannot_be_changed() -> None:
    removal = RemoveLine(op="remove", id="L2")
    with pytest.raises(InvalidChange, match=r"line_changes: .*no line 'L2'.*L1, L3, L4, L5\."):
        apply_line_changes(FIVE, [removal, ChangeLine(op="change", id="L2", description="x")], Currency.UZS)


def test_the_message_lists_only_some_ids_of_a_long_draft() -> None:
    with pytest.raises(InvalidChange, match="and 150 more") as refused:
        apply_line_changes(hourly(200).lines, [RemoveLine(op="remove", id="L999")], Currency.UZS)
    assert len(str(refused.value)) < 500


def test_every_line_may_be_changed_copied_and_removed_in_one_edit() -> None:
    """The time for ten thousand lines is measured by the benchmark `editing`."""
    lines = hourly(MANY).lines
    changes: list[LineChange] = [ChangeLine(op="change", id=line.id, quantity=Decimal(2)) for line in lines]
    changes += [added("L1") for _ in range(MANY)]
    changes += [RemoveLine(op="remove", id=line.id) for line in lines]
    left = apply_line_changes(lines, changes, Currency.UZS)
    assert [line.id for line in left] == [f"L{n}" for n in range(MANY + 1, 2 * MANY + 1)]
