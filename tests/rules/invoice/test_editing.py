"""Edits of a draft: the result of each operation, its refusals, and the recorded changes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from models.contracts.contract import DealType
from models.documents.wording import STANDARD_CLAUSES
from models.invoice.commands import Edit
from models.invoice.content.basis import ClientType
from models.invoice.content.content import Content
from models.invoice.content.lines import LineType
from models.invoice.editing.edit import apply_edit
from models.invoice.errors import InvalidChange, StaleRevision
from models.invoice.preconditions import check
from tests.fixtures.invoices import BASE, NOW, contract, drafted, edit, execute, new_invoice, terms, workdays, worklog

D = Decimal
SUPPORT = drafted(contract(workdays(42)))  # L1 base 15,000,000; L2 overtime 2 x 150,000; L3 task 42 h, not billed
HOURLY = drafted(contract([worklog(2), worklog(1, issue="PROJ-2")], DealType.HR))  # L1 300,000; L2 150,000


def changed(content: Content, *line_changes: dict[str, Any], **fields: Any) -> Content:
    return apply_edit(content, edit_of(*line_changes, **fields))[0]


def trail(content: Content, *line_changes: dict[str, Any], **fields: Any) -> dict[str, tuple[str | None, str | None]]:
    return apply_edit(content, edit_of(*line_changes, **fields))[1]


def edit_of(*line_changes: dict[str, Any], **fields: Any) -> Edit:
    return Edit.model_validate({"expected_revision": 1, "line_changes": line_changes} | fields)


def test_the_samples_have_the_expected_amounts() -> None:
    assert [(x.id, x.line_type, x.line_total, x.billed) for x in SUPPORT.lines] == [
        ("L1", LineType.SUPPORT, BASE, True),
        ("L2", LineType.OVERTIME, D("300000.00"), True),
        ("L3", LineType.TASK, D("6300000.00"), False),
    ]
    assert [x.line_total for x in HOURLY.lines] == [D("300000.00"), D("150000.00")]


# Lines


def test_a_line_is_added_at_the_end_or_before_another() -> None:
    line = {"description": "Travel", "quantity": "1.50", "unit_price": "33.33"}
    after = changed(HOURLY, {"op": "add", "line": line})
    # 1.50 x 33.33 = 49.995 -> 50.00; 450,000 + 50
    assert (after.lines[-1].id, after.lines[-1].line_total, after.lines[-1].is_manual) == ("L3", D("50.00"), True)
    assert after.totals.total_amount == D("450050.00")
    before = changed(HOURLY, {"op": "add", "line": line, "before": "L2"})
    assert [x.id for x in before.lines] == ["L1", "L3", "L2"]


def test_a_discount_is_a_line_with_a_negative_price() -> None:
    after = changed(HOURLY, {"op": "add", "line": {"description": "Discount", "unit_price": "-50000.00"}})
    assert after.totals.total_amount == D("400000.00")


def test_a_changed_quantity_price_or_multiplier_changes_the_amount() -> None:
    # 2.50 x 150,000 x 1.5 = 562,500; + 150,000
    after = changed(HOURLY, {"op": "change", "id": "L1", "quantity": "2.50", "rate_multiplier": "1.5"})
    assert (after.lines[0].line_total, after.totals.total_amount) == (D("562500.00"), D("712500.00"))
    assert after.lines[0].is_manual


def test_a_changed_text_keeps_the_amount() -> None:
    after = changed(HOURLY, {"op": "change", "id": "L1", "description": "By hand"})
    assert (after.lines[0].description, after.totals) == ("By hand", HOURLY.totals)


def test_a_line_can_be_taken_out_of_the_sum() -> None:
    after = changed(HOURLY, {"op": "change", "id": "L1", "billed": False})
    assert after.totals.total_amount == D("150000.00")


def test_lines_are_removed_and_reordered() -> None:
    assert [x.id for x in changed(HOURLY, {"op": "remove", "id": "L1"}).lines] == ["L2"]
    assert [x.id for x in changed(HOURLY, {"op": "reorder", "ids": ["L2", "L1"]}).lines] == ["L2", "L1"]


def test_changes_of_one_edit_are_applied_in_order() -> None:
    line = {"description": "Travel", "unit_price": "1.00"}
    after = changed(
        HOURLY,
        {"op": "add", "line": line},
        {"op": "remove", "id": "L1"},
        {"op": "reorder", "ids": ["L3", "L2"]},
        {"op": "change", "id": "L3", "quantity": "3"},
    )
    assert [(x.id, x.line_total) for x in after.lines] == [("L3", D("3.00")), ("L2", D("150000.00"))]


@pytest.mark.parametrize(
    "change",
    [
        {"op": "change", "id": "L9", "quantity": "1"},
        {"op": "remove", "id": "L9"},
        {"op": "add", "line": {"description": "x", "unit_price": "1"}, "before": "L9"},
        {"op": "reorder", "ids": ["L1"]},
        {"op": "reorder", "ids": ["L1", "L1"]},
        {"op": "reorder", "ids": ["L1", "L2", "L9"]},
    ],
)
def test_a_change_of_an_unknown_line_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidChange, match="L1"):  # the message lists the existing lines
        changed(HOURLY, change)


@pytest.mark.parametrize(
    "change",
    [
        {"op": "paint", "id": "L1"},
        {"op": "remove"},
        {"op": "remove", "id": "L1", "colour": "red"},
        {"op": "add", "line": {"description": "x", "unit_price": "0.00001"}},
        {"op": "add", "line": {"description": "", "unit_price": "1"}},
        {"op": "change", "id": "L1", "quantity": "-1"},
    ],
)
def test_a_malformed_change_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        edit_of(change)


# Amounts by hand


def test_a_base_amount_by_hand() -> None:
    after = changed(SUPPORT, base_amount="10000000.00")
    assert (after.totals.base_amount, after.totals.total_amount) == (D("10000000.00"), D("10300000.00"))
    assert after.lines[0].is_manual
    with pytest.raises(InvalidChange, match="hourly contract"):
        changed(HOURLY, base_amount="1.00")
    with pytest.raises(InvalidChange, match="no base line"):
        changed(SUPPORT, {"op": "remove", "id": "L1"}, base_amount="1.00")


def test_overtime_by_hand() -> None:
    # 4.00 x 150,000 = 600,000
    after = changed(SUPPORT, overtime_hours="4.00")
    assert (after.totals.overtime_amount, after.totals.total_amount) == (D("600000.00"), D("15600000.00"))
    assert [x.id for x in after.lines] == ["L1", "L2", "L3"]
    # a given amount is not recomputed
    agreed = changed(SUPPORT, overtime_hours="4.00", overtime_amount="500000.00").totals
    assert (agreed.overtime_hours, agreed.overtime_amount) == (D("4.00"), D("500000.00"))
    without_overtime = changed(SUPPORT, overtime_hours="0")
    assert (without_overtime.totals.is_overtime, without_overtime.totals.total_amount) == (False, BASE)
    new = changed(drafted(contract(workdays(8))), overtime_hours="1.00")
    assert [x.line_type for x in new.lines] == [LineType.SUPPORT, LineType.OVERTIME, LineType.TASK]
    with pytest.raises(InvalidChange, match="only a support contract"):
        changed(HOURLY, overtime_hours="1.00")


@pytest.mark.parametrize(
    ("rule", "typed", "factor", "amount"),
    [
        ({"overtime_multiplier": "0.5"}, "4.00", "1.0", "600000.00"),  # max(0.5, 1.0) x 4.00 x 150,000
        ({"overtime_multiplier": "2.0"}, "4.00", "2.0", "1200000.00"),
        ({}, "0.01", "1.0", "1500.00"),
    ],
)
def test_overtime_hours_by_hand_have_the_same_price_as_computed_ones(
    rule: dict[str, str], typed: str, factor: str, amount: str
) -> None:
    draft = drafted(contract(workdays(8)))
    agreed = draft.service.rate_rule.model_validate(draft.service.rate_rule.model_dump() | rule)
    after = changed(draft.with_service(rate_rule=agreed), overtime_hours=typed)
    [line] = (x for x in after.lines if x.line_type is LineType.OVERTIME)
    assert (line.rate_multiplier, line.line_total) == (D(factor), D(amount))


def test_overtime_hours_by_hand_keep_the_multiplier_of_the_overtime() -> None:
    [overtime] = (x for x in SUPPORT.lines if x.line_type is LineType.OVERTIME)
    critical = overtime.model_copy(update={"rate_multiplier": D("1.5"), "line_total": D("1237500.00")})
    draft = SUPPORT.model_copy(update={"lines": (SUPPORT.lines[0], critical)})
    # 2.50 x 150,000 x 1.5
    assert changed(draft, overtime_hours="2.50").totals.overtime_amount == D("562500.00")


def test_overtime_hours_are_refused_if_the_multiplier_is_ambiguous() -> None:
    [overtime] = (x for x in SUPPORT.lines if x.line_type is LineType.OVERTIME)
    critical = overtime.model_copy(update={"id": "L9", "rate_multiplier": D("1.5")})
    draft = SUPPORT.model_copy(update={"lines": (SUPPORT.lines[0], overtime, critical)})
    with pytest.raises(InvalidChange, match=r"the multipliers 1\.0 and 1\.5; change its lines"):
        changed(draft, overtime_hours="2.50")
    agreed = changed(draft, overtime_hours="2.50", overtime_amount="500000.00").totals
    assert (agreed.overtime_hours, agreed.overtime_amount) == (D("2.50"), D("500000.00"))
    assert changed(draft, overtime_hours="0").totals.overtime_hours == 0


def test_a_total_by_hand_is_kept_and_marked_until_it_is_automatic_again() -> None:
    typed = changed(HOURLY, total_amount="400000.00")
    assert (typed.totals.total_amount, typed.totals.total_is_manual) == (D("400000.00"), True)
    later = changed(typed, {"op": "remove", "id": "L1"})
    assert (later.totals.total_amount, later.totals.total_is_manual) == (D("400000.00"), True)
    assert later.totals.net_amount == D("150000.00")
    auto = changed(later, total_amount="auto")
    assert (auto.totals.total_amount, auto.totals.total_is_manual) == (D("150000.00"), False)


def test_amounts_have_two_decimals_however_they_were_typed() -> None:
    row = {"op": "add", "line": {"description": "Travel", "quantity": "3", "unit_price": "70.5"}}
    changes = trail(HOURLY, row, total_amount="1000000")
    assert changes["total_amount"] == ("450000.00", "1000000.00")
    assert changes["line L3"] == (None, "Travel: 3 × 70.50 × 1.0 = 211.50")
    assert str(edit_of(total_amount="-0").total_amount) == "0.00"


def test_tax_follows_the_lines() -> None:
    vat = {"code": "VAT", "rate": "0.12", "valid_from": "2020-01-01"}
    agreed = terms(issuer={"party": {"name": "ProximaOps"}, "taxes": [vat]})
    taxed = drafted(contract((), DealType.FP), agreed)
    # 1,000.05 x 0.12 = 120.006 -> 120.01
    after = changed(taxed, base_amount="1000.05").totals
    assert (after.tax_amount, after.total_amount) == (D("120.01"), D("1120.06"))


# The other fields


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("invoice_date", "2026-03-05", ("2026-03-01", "2026-03-05")),
        ("payment_days", 30, ("45", "30")),
        ("legal_text", "As agreed.", (STANDARD_CLAUSES[ClientType.LOCAL], "As agreed.")),
        ("recipients", ["a@b.uz"], ("('nodira@example.com',)", "('a@b.uz',)")),
        ("html_override", "<p>x</p>", (None, "<p>x</p>")),
        ("total_amount", "1.00", ("450000.00", "1.00")),
    ],
)
def test_the_old_and_the_new_value_of_each_field_are_recorded(
    field: str, value: Any, shown: tuple[str | None, str]
) -> None:
    assert trail(HOURLY, **{field: value})[field] == shown


def test_toggles_change_one_by_one() -> None:
    after = changed(HOURLY, toggles={"show_task_pricing": True})
    assert after.toggles == HOURLY.toggles.model_copy(update={"show_task_pricing": True})
    assert trail(HOURLY, toggles={"show_task_pricing": True}) == {"show_task_pricing": ("False", "True")}


def test_an_empty_override_restores_the_template() -> None:
    overridden = changed(HOURLY, html_override="<p>x</p>")
    assert changed(overridden, html_override="").html_override is None


def test_line_changes_are_shown_in_words() -> None:
    found = trail(HOURLY, {"op": "remove", "id": "L2"}, {"op": "change", "id": "L1", "quantity": "1"})
    assert found["line L1"] == (
        "PROJ-1: Summary of PROJ-1: 2.00 × 150000.00 × 1.0 = 300000.00",
        "PROJ-1: Summary of PROJ-1: 1 × 150000.00 × 1.0 = 150000.00",
    )
    assert found["line L2"][1] is None
    assert found["total_amount"] == ("450000.00", "150000.00")
    assert trail(HOURLY, {"op": "reorder", "ids": ["L2", "L1"]})["line order"] == ("L1 L2", "L2 L1")


def test_an_edit_with_the_old_values_reverts_an_edit() -> None:
    first = new_invoice(HOURLY)
    second = execute(first, edit(first, payment_days=30, legal_text="As agreed.", invoice_date="2026-03-05"))
    before: dict[str, Any] = {name: old for name, (old, _new) in second.journal[-1].changes.items()}
    # The journal holds texts; a number of days is sent as a number.
    before["payment_days"] = int(before["payment_days"])
    assert execute(second, edit(second, **before)).content == first.content


def test_an_edit_that_changes_nothing_is_refused() -> None:
    with pytest.raises(InvalidChange, match="no changes"):
        changed(HOURLY, payment_days=45)


def test_an_edit_of_an_older_revision_is_refused_with_both_revisions() -> None:
    draft = new_invoice(HOURLY)
    newer = execute(draft, edit(draft, payment_days=30))
    with pytest.raises(StaleRevision) as refused:
        check(newer, edit(draft, payment_days=15), NOW)
    assert "revision 2" in str(refused.value)
    assert "made on revision 1" in str(refused.value)


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="payment_day"):
        edit_of(payment_day=30)


def test_computed_fields_cannot_be_edited() -> None:
    after = changed(HOURLY, payment_days=30, invoice_date=date(2026, 3, 5))
    kept = {"basis", "customer", "issuer", "currency", "series", "lines", "totals"}
    assert all(getattr(after, name) == getattr(HOURLY, name) for name in kept)
