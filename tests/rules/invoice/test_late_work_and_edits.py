"""Late work taken into a draft that was edited: changes made by hand are kept."""

from decimal import Decimal
from typing import Any

import pytest

from models.contracts.contract import DealType
from models.invoice.commands import Undo
from models.invoice.content.content import Content
from models.invoice.content.lines import Line
from models.invoice.editing.late_worklogs import compare
from models.invoice.editing.patch import apply_patch
from models.invoice.effects import EffectName
from tests.fixtures.invoices import NOW, edit, execute, new_invoice, worklog
from tests.fixtures.late_work import (
    EARLY,
    FRIDAY,
    HOURLY,
    LATE,
    NEW,
    SUPPORT,
    SUPPORT_EARLY,
    checked,
    edited_by_hand,
    late,
    shown,
    take_in,
    today,
)

D, E = Decimal, EffectName


def line_of(content: Content, key: str) -> Line | None:
    return next((line for line in content.lines if line.work.jira_key == key), None)


def test_a_line_changed_by_hand_stays_and_the_reason_is_given() -> None:
    edited = edited_by_hand(HOURLY, {"op": "change", "id": "L1", "quantity": "1.00"})
    invoice = checked(new_invoice(edited), today(*EARLY, LATE, NEW))
    kept = [x for x in late(invoice).lines if x.kept_because]
    assert [(x.kept_because, x.amount_before, x.amount_after) for x in kept] == [
        ("the line was changed by hand", D("150000.00"), D("525000.00"))
    ]
    after = execute(invoice, take_in(invoice)).content
    assert line_of(after, "PROJ-1") == edited.lines[0]
    # 150,000 by hand + 600,000 new + 150,000 as it was
    assert after.totals.total_amount == D("900000.00")


def test_a_line_removed_by_hand_does_not_come_back() -> None:
    edited = edited_by_hand(HOURLY, {"op": "remove", "id": "L1"})
    invoice = checked(new_invoice(edited), today(*EARLY, LATE, NEW))
    assert [x.kept_because for x in late(invoice).lines if x.kept_because] == ["the line was removed by hand"]
    after = execute(invoice, take_in(invoice)).content
    assert [line.work.jira_key for line in after.lines] == ["PROJ-15", "PROJ-2"]
    assert not late(checked(new_invoice(after), today(*EARLY, LATE, NEW))).differs


def test_a_removal_that_was_undone_does_not_count() -> None:
    draft = new_invoice(HOURLY)
    removed = execute(draft, edit(draft, line_changes=[{"op": "remove", "id": "L1"}]))
    back = execute(removed, Undo(by="amina", expected_revision=removed.revision))
    invoice = checked(back, today(*EARLY, LATE))
    assert execute(invoice, take_in(invoice)).content.totals.total_amount == D("675000.00")


def test_a_line_added_by_hand_and_an_order_made_by_hand_stay() -> None:
    line = {"description": "Travel", "unit_price": "50000.00"}
    edited = edited_by_hand(
        HOURLY, {"op": "add", "line": line}, {"op": "reorder", "ids": ["L3", "L2", "L1"]}, legal_text="As agreed."
    )
    invoice = checked(new_invoice(edited), today(*EARLY, LATE))
    after = execute(invoice, take_in(invoice)).content
    assert shown(after) == [
        ("L3", None, D("50000.00")),
        ("L2", "PROJ-2", D("150000.00")),
        ("L1", "PROJ-1", D("525000.00")),
    ]
    assert after.legal_text == "As agreed."


def test_new_lines_follow_their_neighbours_in_an_order_made_by_hand() -> None:
    edited = edited_by_hand(HOURLY, {"op": "reorder", "ids": ["L2", "L1"]})
    more = (worklog(1, issue="PROJ-0", worklog_id="w0"), worklog(1, issue="PROJ-3", worklog_id="w5"))
    after = compare(edited, today(*EARLY, NEW, *more), NOW, issued=False).patch
    assert after is not None
    lines = apply_patch(edited, after).lines
    # in the recomputed draft: PROJ-0, PROJ-1, PROJ-15, PROJ-2, PROJ-3
    assert [line.work.jira_key for line in lines] == ["PROJ-0", "PROJ-2", "PROJ-3", "PROJ-1", "PROJ-15"]
    assert sorted(line.id for line in lines) == ["L1", "L2", "L3", "L4", "L5"]


def test_a_total_typed_by_hand_stays() -> None:
    edited = edited_by_hand(HOURLY, total_amount="400000.00")
    invoice = checked(new_invoice(edited), today(*EARLY, LATE))
    after = execute(invoice, take_in(invoice)).content.totals
    assert (after.net_amount, after.total_amount, after.total_is_manual) == (D("675000.00"), D("400000.00"), True)


def test_a_base_amount_typed_by_hand_stays() -> None:
    edited = edited_by_hand(SUPPORT, base_amount="10000000.00")
    recomputed = today(*SUPPORT_EARLY, worklog(3, day=FRIDAY, worklog_id="s2"), deal=DealType.SUP)
    invoice = checked(new_invoice(edited), recomputed)
    assert execute(invoice, take_in(invoice)).content.totals.total_amount == D("10300000.00")


@pytest.mark.parametrize(
    "by_hand",
    [
        {"overtime_hours": "1.00"},
        {"overtime_hours": "0"},
        {"line_changes": [{"op": "remove", "id": "L2"}]},
        {"line_changes": [{"op": "change", "id": "L2", "description": "Agreed overtime"}]},
    ],
)
def test_overtime_changed_by_hand_stays_as_a_whole(by_hand: dict[str, Any]) -> None:
    """Overtime hours are divided among the lines: recomputing only some lines would bill some hours twice."""
    overtime = (worklog(42, worklog_id="s1"),)
    edited = edited_by_hand(today(*overtime, deal=DealType.SUP), **by_hand)
    recomputed = today(*overtime, worklog(3, day=FRIDAY, worklog_id="s2"), deal=DealType.SUP)
    found = compare(edited, recomputed, NOW, issued=False)
    assert found.totals_after.overtime_amount == edited.totals.overtime_amount
    assert [x.kept_because for x in found.lines if x.kept_because] == ["the overtime was changed by hand"]
    assert found.totals_after.total_hours == D("45.00")
