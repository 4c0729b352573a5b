"""The total hours of an invoice: the hours of its rows, also after the rows were edited."""

from decimal import Decimal
from typing import Any

import pytest

from models.contracts.contract import DealType
from models.documents.view import view
from models.invoice.commands import Edit
from models.invoice.content.content import Content
from models.invoice.editing.edit import apply_edit
from models.invoice.editing.late_worklogs import merge_late_work
from models.invoice.errors import InvalidChange
from models.values.document_options import Toggles
from tests.fixtures.invoices import contract, drafted, workdays, worklog

D = Decimal
HR, SUP, FP = DealType.HR, DealType.SUP, DealType.FP
HOURLY = drafted(contract([worklog(2), worklog(1, issue="PROJ-2")], HR))  # L1 2 h, L2 1 h
# Three times 2,000 s: 0.56 h a row, and 6,000 s are 1.67 h, not 1.68
THIRDS = tuple(worklog(seconds=2000, issue=f"PROJ-{n}", worklog_id=f"w{n}") for n in (1, 2, 3))
ROUNDED = drafted(contract(THIRDS, HR))
TWO_TASKS = (*workdays(30), worklog(12, issue="PROJ-2"))
SUPPORT = drafted(contract(TWO_TASKS))  # L1 base, L2 overtime 2 h, L3 30 h, L4 12 h
FIXED = drafted(contract(TWO_TASKS, FP))  # L1 base, L2 30 h, L3 12 h


def changed(content: Content, *line_changes: dict[str, Any], **fields: Any) -> Content:
    given = {"expected_revision": 1, "line_changes": line_changes} | fields
    return apply_edit(content, Edit.model_validate(given))[0]


def change(line_id: str, **fields: Any) -> dict[str, Any]:
    return {"op": "change", "id": line_id} | fields


def remove(line_id: str) -> dict[str, Any]:
    return {"op": "remove", "id": line_id}


def add(line_type: str, quantity: str) -> dict[str, Any]:
    line = {"description": "By hand", "unit_price": "1.00", "line_type": line_type, "quantity": quantity}
    return {"op": "add", "line": line}


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ([change("L1", quantity="5.00")], "6.00"),
        ([change("L1", quantity="5")], "6.00"),
        ([remove("L1")], "1.00"),
        ([change("L1", billed=False)], "1.00"),
        ([add("task", "1.25")], "4.25"),
        ([add("overtime", "1.25")], "4.25"),
        ([add("other", "7")], "3.00"),
        ([remove("L1"), remove("L2")], "0.00"),
    ],
)
def test_hourly_total_hours_are_those_of_the_billed_rows(changes: list[dict[str, Any]], hours: str) -> None:
    after = changed(HOURLY, *changes)
    assert str(after.totals.total_hours) == hours


@pytest.mark.parametrize("listed", [True, False])
def test_printed_rows_add_up_to_the_printed_hours(listed: bool) -> None:
    after = changed(HOURLY, change("L1", quantity="5.00"), toggles={"show_task_list": listed})
    page = view(after)
    assert page.hours == sum(row.hours or 0 for row in page.billed.rows) == D("6.00")


def test_the_audit_trail_has_the_hours_of_an_edit() -> None:
    given = {"expected_revision": 1, "line_changes": [remove("L1")]}
    assert apply_edit(HOURLY, Edit.model_validate(given))[1]["total_hours"] == ("3.00", "1.00")


def test_unchanged_rows_keep_the_hours_of_their_seconds() -> None:
    assert ROUNDED.totals.total_hours == D("1.67")
    assert changed(ROUNDED, change("L1", description="By hand"), payment_days=1).totals.total_hours == D("1.67")
    # 1.00 + 0.56 + 0.56
    longer = changed(ROUNDED, change("L1", quantity="1.00"))
    assert longer.totals.total_hours == D("2.12")
    assert changed(longer, change("L1", quantity="0.56")).totals.total_hours == D("1.67")


@pytest.mark.parametrize(("content", "first"), [(SUPPORT, "L3"), (FIXED, "L2")], ids=["SUP", "FP"])
def test_with_a_base_the_hours_are_those_of_the_task_rows(content: Content, first: str) -> None:
    assert content.totals.total_hours == D("42.00")
    after = changed(content, change(first, quantity="31.50"))
    assert after.totals.total_hours == D("43.50")
    page = view(after)
    assert page.informing is not None
    assert page.hours == sum(row.hours or 0 for row in page.informing.rows)
    assert changed(content, remove(first)).totals.total_hours == D("12.00")
    assert changed(content, change(first, billed=True)).totals.total_hours == D("42.00")


@pytest.mark.parametrize(("content", "tasks"), [(SUPPORT, ("L3", "L4")), (FIXED, ("L2", "L3"))], ids=["SUP", "FP"])
def test_without_task_rows_the_hours_are_those_of_the_worklogs(content: Content, tasks: tuple[str, ...]) -> None:
    """Base and overtime were computed from the worklogs, and no row of the page shows other hours."""
    after = content
    for line_id in tasks:
        after = changed(after, remove(line_id))
    assert after.totals.total_hours == D("42.00")


def test_overtime_by_hand_is_part_of_the_hours() -> None:
    assert changed(SUPPORT, overtime_hours="5.00").totals.total_hours == D("42.00")


def test_late_work_beside_a_row_changed_by_hand_adds_up() -> None:
    edited = changed(HOURLY, change("L1", quantity="5.00"))
    recomputed = drafted(contract([worklog(3), worklog(1, issue="PROJ-2"), worklog(4, issue="PROJ-3")], HR))
    # 5 by hand + 1 + 4 new; the 3 h of PROJ-1 are not billed
    assert merge_late_work(edited, recomputed).totals.total_hours == D("10.00")
    edited = changed(HOURLY, remove("L1"))
    assert merge_late_work(edited, recomputed).totals.total_hours == D("5.00")


def test_late_work_in_an_untouched_draft_counts_as_in_a_new_one() -> None:
    # 8,000 s are 2.22 h; four rows of 0.56 would be 2.24
    recomputed = drafted(contract([*THIRDS, worklog(seconds=2000, issue="PROJ-4", worklog_id="w4")], HR))
    assert merge_late_work(ROUNDED, recomputed).totals == recomputed.totals
    assert recomputed.totals.total_hours == D("2.22")


def test_a_draft_of_an_older_release_keeps_its_hours() -> None:
    """Its history is replayed with the present rules, and an approval in it names the digest of that time."""
    old = HOURLY.with_service(hours_follow_lines=False)
    assert changed(old, change("L1", quantity="5.00")).totals.total_hours == D("3.00")
    recomputed = drafted(contract([worklog(3)], HR))
    assert merge_late_work(changed(old, change("L1", quantity="5.00")), recomputed).totals.total_hours == D("3.00")


def test_more_hours_than_can_be_stored_are_refused() -> None:
    rows = [add("task", "60000000") for _ in range(2)]  # 120,000,000 h; the column holds 8 digits before the point
    with pytest.raises(InvalidChange, match="more than the largest amount"):
        changed(HOURLY, *rows)


def test_hidden_hours_are_not_printed() -> None:
    hidden = HOURLY.model_copy(update={"toggles": Toggles(show_tracked_time=False)})
    assert view(changed(hidden, remove("L1"))).hours is None
