"""An explanation recomputes every amount and reports those that do not follow from their inputs."""

from decimal import Decimal
from typing import Any

import pytest

from models.billing.explanation import RULES, explain
from models.contracts.contract import DealType
from models.invoice.commands import Edit
from models.invoice.content.content import Content
from models.invoice.content.totals import Totals
from models.invoice.editing.edit import apply_edit
from tests.fixtures.invoices import contract, drafted, incident, terms, workdays, worklog

D = Decimal
VAT = {"code": "VAT", "rate": "0.12", "valid_from": "2020-01-01"}
TAXED = terms(issuer={"party": {"name": "ProximaOps"}, "taxes": [VAT]})
# L1 base 15,000,000; L2 overtime 5.5 x 150,000 = 825,000; L3 task, not billed; 12 % of 15,825,000 = 1,899,000
SUPPORT = drafted(contract([*workdays(40), worklog("5.5", day=workdays(48)[-1].started_on)]), TAXED)


def with_totals(**changes: str) -> Content:
    totals = SUPPORT.totals.model_dump() | {name: D(value) for name, value in changes.items()}
    return SUPPORT.model_copy(update={"totals": Totals.model_validate(totals)})


def with_line(line_id: str, **changes: Any) -> Content:
    lines = tuple(x.model_copy(update=changes) if x.id == line_id else x for x in SUPPORT.lines)
    return SUPPORT.model_copy(update={"lines": lines})


def changed(content: Content, **fields: Any) -> Content:
    return apply_edit(content, Edit.model_validate({"expected_revision": 1} | fields))[0]


def wrong(content: Content) -> tuple[list[str], list[str]]:
    """Return the lines and the sums that do not agree; the explanation agrees if and only if there are none."""
    explanation = explain(content)
    lines = [line.id for line in explanation.lines if not line.agrees]
    sums = [each.name for each in explanation.sums if not each.agrees]
    assert explanation.agrees is (not lines and not sums)
    return lines, sums


def test_each_amount_has_its_rule_and_formula() -> None:
    found = explain(SUPPORT)
    assert [(x.rule, x.formula, x.billed) for x in found.lines] == [
        ("SUP.base", "1 × 15000000.00 × 1.0 = 15000000.00", True),
        ("SUP.overtime", "5.50 × 150000.00 × 1.0 = 825000.00", True),
        ("SUP.task", "45.50 × 150000.00 × 1.0 = 6825000.00", False),
    ]
    assert [x.rule_text for x in found.lines] == [RULES[x.rule] for x in found.lines]
    assert found.lines[1].inputs["hours"] == "45.50 worked, limit 40"
    assert [(x.name, x.formula, x.amount) for x in found.sums] == [
        ("base_amount", "15000000.00", D("15000000.00")),
        ("overtime_amount", "825000.00", D("825000.00")),
        ("net_amount", "15000000.00 + 825000.00", D("15825000.00")),
        ("tax_amount", "15825000.00 × 0.12 (VAT)", D("1899000.00")),
        ("total_amount", "15825000.00 + 1899000.00", D("17724000.00")),
    ]
    assert wrong(SUPPORT) == ([], [])


@pytest.mark.parametrize(
    "content",
    [
        drafted(contract([worklog(2), incident(1, hour=22)], DealType.HR)),
        drafted(contract([worklog(2)], DealType.FP), TAXED),
        drafted(contract(())),
    ],
    ids=["HR", "FP", "empty"],
)
def test_a_computed_draft_agrees(content: Content) -> None:
    assert wrong(content) == ([], [])


def test_a_line_that_is_not_quantity_times_price_does_not_agree() -> None:
    assert wrong(with_line("L3", line_total=D("6825000.01"))) == (["L3"], [])
    # The amount does not follow from its inputs, and the sums still contain the old amount.
    lines, sums = wrong(with_line("L1", line_total=D("14000000.00")))
    assert (lines, sums) == (["L1"], ["base_amount", "net_amount"])


def test_a_manual_base_must_agree_too() -> None:
    typed = changed(SUPPORT, base_amount="9000000.00")
    assert wrong(typed) == ([], [])
    lines = tuple(x.model_copy(update={"rate_multiplier": D("1.5")}) if x.id == "L1" else x for x in typed.lines)
    assert wrong(typed.model_copy(update={"lines": lines})) == (["L1"], [])


def test_a_sum_with_a_line_that_is_not_billed_does_not_agree() -> None:
    assert wrong(with_line("L2", billed=False)) == ([], ["overtime_amount", "net_amount"])


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"base_amount": "15000000.01"}, ["base_amount"]),
        ({"overtime_amount": "0.00"}, ["overtime_amount"]),
        # the tax and the total no longer follow from it
        ({"net_amount": "15825000.10"}, ["net_amount", "tax_amount", "total_amount"]),
        ({"tax_amount": "1899000.01"}, ["tax_amount", "total_amount"]),
        ({"total_amount": "17724000.01"}, ["total_amount"]),
    ],
)
def test_a_sum_that_does_not_follow_from_its_parts_does_not_agree(changes: dict[str, str], names: list[str]) -> None:
    assert wrong(with_totals(**changes)) == ([], names)


def test_amounts_that_a_person_entered_agree() -> None:
    typed = changed(SUPPORT, overtime_hours="4.00", overtime_amount="500000.00", total_amount="16000000.00")
    assert wrong(typed) == ([], [])
    found = explain(typed)
    assert [x.rule_text for x in found.lines if x.id == "L2"] == ["entered by a person"]
    assert found.sums[-1].formula == "typed by hand"


def test_a_long_sum_is_shortened() -> None:
    many = drafted(contract([worklog(1, issue=f"PROJ-{n}") for n in range(8)], DealType.HR))
    net = next(x for x in explain(many).sums if x.name == "net_amount")
    assert net.formula == " + ".join(["150000.00"] * 6) + " + 2 more"
