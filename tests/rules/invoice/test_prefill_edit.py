"""The edit that corresponds to an edited prefill result, and its refusals."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.contracts.contract import DealType
from models.invoice.content.content import Content
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.editing.inputs import AddLine, ChangeLine
from models.invoice.editing.new_draft import new_draft
from models.invoice.editing.prefill_edit import EditedPrefill, PrefillLine, edit_from_prefill, matches_prefill
from models.invoice.errors import InvalidChange
from tests.fixtures.invoices import FEBRUARY, contract, drafted, worklog

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)


def hourly(lines: int = 2) -> Content:
    """An hourly contract at 150,000.00: two hours on each issue."""
    logs = [worklog(2, issue=f"PROJ-{n}", worklog_id=f"w{n}") for n in range(lines)]
    return drafted(contract(logs, DealType.HR))


def rows(content: Content, **change: Any) -> tuple[PrefillLine, ...]:
    """Return the computed rows without their optional fields; `change` has other values for the first one."""
    plain = [PrefillLine(id=x.id, description=x.description, unit_price=x.unit_price) for x in content.lines]
    return (plain[0].model_copy(update=change), *plain[1:])


def test_rows_without_a_quantity_keep_it() -> None:
    content = hourly()
    assert matches_prefill(content, EditedPrefill(line_items=rows(content)))


def test_the_total_of_a_row_is_checked_with_the_quantity_that_it_keeps() -> None:
    """Two hours at 100,000.00 are 200,000.00, so a total for one hour is refused."""
    content = hourly()
    price = Decimal("100000.00")
    prefill = EditedPrefill(line_items=rows(content, unit_price=price, line_total=Decimal("200000.00")))
    edit = edit_from_prefill(content, prefill, 1)
    assert edit is not None
    assert edit.line_changes == (ChangeLine(op="change", id="L1", unit_price=price),)
    other = EditedPrefill(line_items=rows(content, unit_price=price, line_total=price))
    with pytest.raises(InvalidChange, match=r"^line_items\.0\.line_total: .* is 200000\.00, not 100000\.00"):
        edit_from_prefill(content, other, 1)


def test_a_new_row_is_inserted_before_the_computed_row_that_follows_it() -> None:
    content = hourly()
    first, second = rows(content)
    new = PrefillLine(description="Licence", unit_price=Decimal("5.00"))
    edit = edit_from_prefill(content, EditedPrefill(line_items=(first, new, second, new)), 1)
    assert edit is not None
    before = [change.before for change in edit.line_changes if isinstance(change, AddLine)]
    assert before == [content.lines[1].id, None]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "USD"}, "currency"),
        ({"deal_type": "SUP"}, "deal_type"),
        ({"base_amount": "1.00"}, "base_amount"),
        ({"line_items": [{"id": "L99", "description": "x", "unit_price": "1"}]}, "line_items.0.id"),
    ],
)
def test_a_refusal_names_its_field(change: dict[str, Any], field: str) -> None:
    content = hourly()
    request = DraftRequest(subject=ContractPeriod(application_key=content.subject_key, period=FEBRUARY), by="lena")
    with pytest.raises(InvalidChange, match=f"^{field}: "):
        new_draft(("i", "w"), request, content, EditedPrefill.model_validate(change), NOW)
    assert not matches_prefill(content, EditedPrefill.model_validate(change))


def test_an_edited_prefill_is_read_back_from_its_json() -> None:
    content = hourly()
    prefill = EditedPrefill(line_items=rows(content, description="Another text"), total_amount=Decimal("1.00"))
    assert EditedPrefill.model_validate_json(prefill.model_dump_json()) == prefill


def test_the_draft_is_created_and_then_edited() -> None:
    content = hourly()
    request = DraftRequest(subject=ContractPeriod(application_key=content.subject_key, period=FEBRUARY), by="lena")
    prefill = EditedPrefill(total_amount=Decimal("590000.00"))
    made = new_draft(("i", "w"), request, content, prefill, NOW)
    assert [(event.action, event.by) for event in made.journal] == [("create", "lena"), ("edit", "lena")]
    assert (made.revision, made.total) == (2, Decimal("590000.00"))
    assert [step.revision for step in made.undoable] == [2]
