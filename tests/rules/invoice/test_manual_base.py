"""A base amount or overtime typed by hand replaces the billed lines of its type."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.billing.explanation import explain
from models.contracts.contract import DealType
from models.invoice.commands import Edit
from models.invoice.content.content import Content
from models.invoice.content.lines import BASE_TYPES, LineType
from models.invoice.editing.edit import apply_edit
from models.invoice.editing.lines import line_amount
from models.values.money import ZERO
from tests.fixtures.invoices import contract, drafted, workdays
from tests.fixtures.properties import examples

D = Decimal
SUPPORT = drafted(contract(workdays(42)))  # L1 base 15,000,000; L2 overtime 2 x 150,000; L3 task 42 h, not billed
FIXED = drafted(contract(workdays(42), DealType.FP))  # L1 base 15,000,000; L2 task 42 h, not billed


def changed(content: Content, *line_changes: dict[str, Any], **fields: Any) -> Content:
    given = {"expected_revision": 1, "line_changes": line_changes} | fields
    return apply_edit(content, Edit.model_validate(given))[0]


def unbilled(line_id: str) -> dict[str, Any]:
    return {"op": "change", "id": line_id, "billed": False}


def another(price: str, line_type: str = "support", **fields: Any) -> dict[str, Any]:
    line = {"description": "Another", "unit_price": price, "line_type": line_type}
    return {"op": "add", "line": line | fields}


def test_the_billed_base_line_gets_the_amount_and_an_informing_one_stays() -> None:
    two = changed(SUPPORT, unbilled("L1"), another("2000000.00"))
    after = changed(two, base_amount="9000000.00")
    # 9,000,000 + 300,000 overtime
    assert (after.totals.base_amount, after.totals.total_amount) == (D("9000000.00"), D("9300000.00"))
    bases = [(x.id, x.line_total, x.billed) for x in after.lines if x.line_type is LineType.SUPPORT]
    assert bases == [("L1", D("15000000.00"), False), ("L4", D("9000000.00"), True)]


@pytest.mark.parametrize("content", [SUPPORT, FIXED], ids=["SUP", "FP"])
def test_a_base_line_that_was_not_billed_is_billed_again(content: Content) -> None:
    after = changed(changed(content, unbilled("L1")), base_amount="1000.00")
    overtime = D("300000.00") if content is SUPPORT else ZERO
    assert (after.totals.base_amount, after.totals.total_amount) == (D("1000.00"), D("1000.00") + overtime)
    assert after.lines[0].billed


def test_the_base_line_is_one_times_the_amount() -> None:
    tripled = changed(SUPPORT, {"op": "change", "id": "L1", "quantity": "2", "rate_multiplier": "1.5"})
    after = changed(tripled, base_amount="1000.00")
    base = after.lines[0]
    assert [base.quantity, base.unit_price, base.rate_multiplier, base.line_total] == [D(1), D(1000), D(1), D(1000)]
    assert explain(after).agrees


def test_the_amount_replaces_all_billed_base_lines() -> None:
    two = changed(SUPPORT, another("2000000.00"))
    assert two.totals.base_amount == D("17000000.00")
    after = changed(two, base_amount="9000000.00")
    assert (after.totals.base_amount, [x.id for x in after.lines]) == (D("9000000.00"), ["L1", "L2", "L3"])


BASES = st.tuples(
    st.sampled_from(["support", "fixed"]),
    st.sampled_from(["0.00", "0.01", "1234.56"]),
    st.sampled_from(["0", "1", "2.50"]),
    st.sampled_from(["0", "1.0", "1.333"]),
    st.booleans(),
)


@examples(60)
@given(st.lists(BASES, max_size=3), st.booleans(), st.sampled_from([SUPPORT, FIXED]), st.sampled_from(["0", "77.01"]))
def test_the_base_amount_is_the_one_typed_whatever_the_lines(
    more: list[tuple[str, str, str, str, bool]], is_billed: bool, content: Content, typed: str
) -> None:
    added = [
        another(price, kind, quantity=quantity, rate_multiplier=factor, billed=billed)
        for kind, price, quantity, factor, billed in more
    ]
    draft = changed(content, *([] if is_billed else [unbilled("L1")]), *added, payment_days=1)
    after = changed(
        draft, base_amount=typed, payment_days=2
    )  # the second field makes a change if the amount is the same
    billed = [line for line in after.lines if line.billed and line.line_type in BASE_TYPES]
    assert ([line.line_total for line in billed], after.totals.base_amount) == ([D(typed)], D(typed))
    [base] = billed
    assert line_amount(base.quantity, base.unit_price, base.rate_multiplier, after.currency) == D(typed)
    assert explain(after).agrees


def test_overtime_by_hand_keeps_an_informing_line() -> None:
    one_hour = another("100000.00", "overtime")
    two = changed(SUPPORT, unbilled("L2"), one_hour)
    assert (two.totals.overtime_hours, two.totals.overtime_amount) == (D("1.00"), D("100000.00"))
    after = changed(two, overtime_amount="500000.00")
    # the hours are those of the billed line: 1, not 1 + 2
    assert (after.totals.overtime_hours, after.totals.overtime_amount) == (D("1.00"), D("500000.00"))
    assert [(x.id, x.billed) for x in after.lines if x.line_type is LineType.OVERTIME] == [("L4", True), ("L2", False)]


def test_overtime_by_hand_is_billed_if_none_was() -> None:
    after = changed(changed(SUPPORT, unbilled("L2")), overtime_amount="500000.00")
    assert (after.totals.overtime_hours, after.totals.overtime_amount) == (D("2.00"), D("500000.00"))
    assert [x.id for x in after.lines] == ["L1", "L2", "L3"]


def test_a_new_overtime_line_has_another_id_than_the_removed_one() -> None:
    short = drafted(contract(workdays(8)))  # L1 base, L2 task
    given = {"expected_revision": 1, "line_changes": [{"op": "remove", "id": "L2"}], "overtime_hours": "1.00"}
    after, changes = apply_edit(short, Edit.model_validate(given))
    assert [x.id for x in after.lines] == ["L1", "L3"]
    assert changes["line L2"][1] is None
    assert changes["line L3"][0] is None
