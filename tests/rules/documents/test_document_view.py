"""The rows, columns and totals of a document under each toggle, and that they add up."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.documents.view import Caption, Column, DocumentKind, DocumentView, TotalLabel, view
from models.invoice.commands import Edit
from models.invoice.content.content import Content
from models.invoice.content.lines import LineType
from models.invoice.editing.edit import apply_edit
from models.invoice.editing.inputs import AddLine, LineInput
from models.issuer.issuer import TaxRate
from models.values.document_options import Toggles
from tests.fixtures.documents import content, seed_support, worklog
from tests.fixtures.properties import examples

VAT = TaxRate(code="VAT", rate=Decimal("0.12"), valid_from=date(2020, 1, 1))
ALL_TOGGLES = [
    Toggles(show_task_list=a, show_tracked_time=b, show_task_pricing=c, show_overtime=d)
    for a, b, c, d in product((True, False), repeat=4)
]


def hourly(**fields: object) -> Content:
    """HR at 150,000.00: 2.00 h standard, 1.50 h on a Saturday, 3.00 h critical, 1.00 h critical on a Saturday x 1.5."""
    incident = {"issue_type": "Incident", "priority": "P1"}
    logs = (
        worklog(1, 7200, day=3, issue="PROJ-1"),
        worklog(2, 5400, day=7, issue="PROJ-2"),
        worklog(3, 10800, day=4, issue="PROJ-3", **incident),
        worklog(4, 3600, day=7, issue="PROJ-4", **incident),
    )
    return content(DealType.HR, logs, **fields)  # type: ignore[arg-type]


def amounts(document: DocumentView) -> list[Decimal | None]:
    return [row.amount for row in document.billed.rows]


def test_support_bills_base_and_overtime_and_lists_its_tasks_for_information() -> None:
    document = view(seed_support(), "ACT-1")
    assert document.kind is DocumentKind.ACT
    assert [row.caption for row in document.billed.rows] == [Caption.SUPPORT, Caption.OVERTIME]
    assert amounts(document) == [Decimal("15000000.00"), Decimal("825000.00")]  # 5.50 x 150,000.00
    assert document.billed.rows[1].hours == Decimal("5.50")
    assert document.total == Decimal("15825000.00")
    assert document.hours == Decimal("45.50")
    assert document.informing is not None
    assert [row.amount for row in document.informing.rows] == [None] * 12
    assert document.informing.columns == (Column.DESCRIPTION, Column.DAYS, Column.HOURS)


def test_task_pricing_shows_prices_of_informing_tasks_without_adding_them() -> None:
    document = view(seed_support(toggles=Toggles(show_task_pricing=True)), "ACT-1")
    assert document.informing is not None
    # 2.00 h x 150,000.00 (docs/specification/pricing.md 5.2)
    assert document.informing.rows[0].amount == Decimal("300000.00")
    assert document.total == Decimal("15825000.00")


def test_billed_tasks_keep_their_amounts_without_task_pricing() -> None:
    document = view(hourly(), "INV-1")
    assert document.billed.columns == (Column.NUMBER, Column.DESCRIPTION, Column.DAYS, Column.HOURS, Column.AMOUNT)
    # 2.00, 1.50 and 3.00 h at 150,000.00; 1.00 h x 1.5
    assert amounts(document) == [Decimal(x) for x in ("300000.00", "225000.00", "450000.00", "225000.00")]
    assert document.billed.rows[3].multiplier == Decimal("1.5")
    priced = view(hourly(toggles=Toggles(show_task_pricing=True)), "INV-1")
    assert Column.PRICE in priced.billed.columns


def test_tracked_time_off_shows_no_hours_and_no_days() -> None:
    document = view(seed_support(toggles=Toggles(show_tracked_time=False)), "ACT-1")
    assert document.informing is not None
    rows = (*document.billed.rows, *document.informing.rows)
    assert {row.hours for row in rows} == {None}
    assert {row.worked_on for row in rows} == {()}
    assert document.hours is None
    assert document.informing.columns == (Column.DESCRIPTION,)


def test_overtime_off_moves_its_amount_into_the_base_row() -> None:
    document = view(seed_support(toggles=Toggles(show_overtime=False)), "ACT-1")
    (base,) = document.billed.rows
    assert base.caption is Caption.SUPPORT
    assert base.amount == Decimal("15825000.00")
    assert base.included_hours is None


def test_task_list_off_sums_support_into_standard_overtime_and_critical() -> None:
    document = view(seed_support(toggles=Toggles(show_task_list=False)), "ACT-1")
    standard, overtime, critical = document.billed.rows
    assert (standard.hours, standard.amount) == (Decimal("40.00"), Decimal("15000000.00"))
    assert (overtime.hours, overtime.amount) == (Decimal("5.50"), Decimal("825000.00"))
    assert (critical.caption, critical.hours, critical.amount) == (Caption.CRITICAL_WITHIN, Decimal("0.00"), None)
    assert document.informing is None


def test_task_list_off_sums_hourly_work_by_tier() -> None:
    document = view(hourly(toggles=Toggles(show_task_list=False)), "INV-1")
    assert [(row.caption, row.hours, row.amount) for row in document.billed.rows] == [
        (Caption.STANDARD_HOURS, Decimal("2.00"), Decimal("300000.00")),
        (Caption.OVERTIME_HOURS, Decimal("1.50"), Decimal("225000.00")),
        (Caption.CRITICAL_HOURS, Decimal("4.00"), Decimal("675000.00")),  # 450,000 + 225,000
    ]
    assert document.total == Decimal("1200000.00")


def test_tax_is_shown_only_where_it_applies() -> None:
    assert [row.label for row in view(seed_support()).totals] == [TotalLabel.TOTAL]
    taxed = view(seed_support(tax=VAT))
    assert [(row.label, row.amount) for row in taxed.totals] == [
        (TotalLabel.SUBTOTAL, Decimal("15825000.00")),
        (TotalLabel.TAX, Decimal("1899000.00")),  # 12 % of 15,825,000.00
        (TotalLabel.TOTAL, Decimal("17724000.00")),
    ]


def test_a_total_typed_by_hand_is_explained_by_an_adjustment() -> None:
    edit = Edit(by="ann", expected_revision=1, total_amount=Decimal("15500000.00"))
    document = view(apply_edit(seed_support(), edit)[0])
    assert [(row.label, row.amount) for row in document.totals] == [
        (TotalLabel.SUBTOTAL, Decimal("15825000.00")),
        (TotalLabel.ADJUSTMENT, Decimal("-325000.00")),
        (TotalLabel.TOTAL, Decimal("15500000.00")),
    ]


def test_with_a_tax_the_adjustment_stands_above_it() -> None:
    """15,000,000.00 / 1.12 = 13,392,857.142...; 12 % of 13,392,857.14 is 1,607,142.8568."""
    edit = Edit(by="ann", expected_revision=1, total_amount=Decimal("15000000.00"))
    document = view(apply_edit(seed_support(tax=VAT), edit)[0])
    assert [(row.label, row.amount) for row in document.totals] == [
        (TotalLabel.SUBTOTAL, Decimal("15825000.00")),
        (TotalLabel.ADJUSTMENT, Decimal("-2432142.86")),  # 13,392,857.14 - 15,825,000.00
        (TotalLabel.TAX, Decimal("1607142.86")),
        (TotalLabel.TOTAL, Decimal("15000000.00")),
    ]


def test_a_price_that_does_not_give_the_amount_is_not_shown() -> None:
    edit = Edit(by="ann", expected_revision=1, overtime_amount=Decimal("800000.00"))  # 5.50 x 150,000 is 825,000
    overtime = view(apply_edit(seed_support(), edit)[0]).billed.rows[1]
    assert overtime.amount == Decimal("800000.00")
    assert overtime.price is None


def test_a_description_typed_by_hand_is_printed_as_it_is() -> None:
    line = LineInput(description="Licences", quantity=Decimal(3), unit_price=Decimal("100.00"))
    edit = Edit(by="ann", expected_revision=1, line_changes=(AddLine(op="add", line=line),))
    document = view(apply_edit(seed_support(currency="USD"), edit)[0])
    licences = document.billed.rows[-1]
    assert (licences.caption, licences.description) == (Caption.GIVEN, "Licences")
    assert (licences.quantity, licences.price, licences.amount) == (Decimal(3), Decimal("100.00"), Decimal("300.00"))


def test_a_draft_has_no_number_and_is_due_after_its_payment_days() -> None:
    draft = view(seed_support())
    assert draft.is_draft
    assert draft.due == date(2026, 4, 16)  # 2 March + 45 days
    assert draft.payment_days == 45
    moved = view(seed_support(), "ACT-1", date(2026, 5, 1))
    assert moved.payment_days is None  # 45 days from 2 March would not be 1 May


@pytest.mark.parametrize("toggles", ALL_TOGGLES, ids=str)
@pytest.mark.parametrize("deal_type", DealType)
def test_visible_rows_add_up_under_every_toggle(deal_type: DealType, toggles: Toggles) -> None:
    incident = {"issue_type": "Incident", "priority": "P2"}
    logs = tuple(worklog(n, 9000, day=2 + n % 7, **(incident if n % 3 == 0 else {})) for n in range(21))
    document = view(content(deal_type, logs, toggles=toggles, tax=VAT), "N-1")
    rows = sum((row.amount for row in document.billed.rows if row.amount is not None), Decimal(0))
    parts = {row.label: row.amount for row in document.totals}
    assert rows == parts[TotalLabel.SUBTOTAL]
    assert parts[TotalLabel.SUBTOTAL] + parts[TotalLabel.TAX] == parts[TotalLabel.TOTAL] == document.total
    numbers = [row.number for row in document.billed.rows if row.number is not None]
    assert numbers == list(range(1, len(numbers) + 1))


@examples(60)
@given(
    lengths=st.lists(st.integers(0, 40_000), min_size=1, max_size=12),
    toggles=st.sampled_from(ALL_TOGGLES),
    deal_type=st.sampled_from(list(DealType)),
    extra=st.decimals(min_value=-1000, max_value=1000, places=2),
    by_hand=st.one_of(st.none(), st.decimals(min_value=0, max_value=10**9, places=2)),
)
def test_the_rows_of_any_invoice_add_up(
    lengths: list[int], toggles: Toggles, deal_type: DealType, extra: Decimal, by_hand: Decimal | None
) -> None:
    logs = tuple(worklog(n, seconds, day=2 + n % 7) for n, seconds in enumerate(lengths))
    line = LineInput(description="Extra", unit_price=extra)
    edit = Edit(by="ann", expected_revision=1, line_changes=(AddLine(op="add", line=line),), total_amount=by_hand)
    changed, _ = apply_edit(content(deal_type, logs, toggles=toggles), edit)
    document = view(changed)  # raises an error if the rows do not add up
    assert document.total == changed.totals.total_amount


def test_a_document_that_does_not_add_up_is_refused() -> None:
    good = view(seed_support())
    with pytest.raises(ValidationError, match="do not add up"):
        DocumentView.model_validate(good.model_dump() | {"total": Decimal("1.00")})


def test_an_informing_task_of_several_tiers_is_one_row() -> None:
    """Two hours within business hours and half an hour on a Saturday; with prices shown, their amounts differ."""
    task = next(line for line in seed_support().lines if line.line_type is LineType.TASK)
    work = task.work.model_copy(update={"worked_on": (date(2026, 2, 3), date(2026, 2, 10))})
    saturday = task.work.model_copy(update={"worked_on": (date(2026, 2, 7),), "rate_tier": Tier.OFF_HOURS})
    late = {"id": "L90", "source": saturday, "rate_multiplier": Decimal("1.5")}
    lines = (
        task.model_copy(update={"quantity": Decimal("2.00"), "source": work}),
        task.model_copy(update=late | {"quantity": Decimal("0.50")}),
    )
    others = tuple(line for line in seed_support().lines if line.line_type is not LineType.TASK)
    content = seed_support().model_copy(update={"lines": (*others, *lines)})
    informing = view(content).informing
    assert informing is not None
    [row] = informing.rows
    assert (row.hours, row.worked_on) == (
        Decimal("2.50"),
        (date(2026, 2, 3), date(2026, 2, 7), date(2026, 2, 10)),
    )
    priced = view(content.model_copy(update={"toggles": Toggles(show_task_pricing=True)})).informing
    assert priced is not None
    assert [row.hours for row in priced.rows] == [Decimal("2.00"), Decimal("0.50")]


def test_equal_rows_with_amounts_are_not_merged() -> None:
    task = next(line for line in seed_support().lines if line.line_type is LineType.TASK)
    twice = tuple(task.model_copy(update={"id": name}) for name in ("L91", "L92"))
    others = tuple(line for line in seed_support().lines if line.line_type is not LineType.TASK)
    changes = {"lines": (*others, *twice), "toggles": Toggles(show_task_pricing=True)}
    informing = view(seed_support().model_copy(update=changes)).informing
    assert informing is not None
    assert [row.hours for row in informing.rows] == [task.quantity, task.quantity]
