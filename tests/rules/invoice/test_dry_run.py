"""The dry run of an edit: the draft that it would make, and what to look at then."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from models.invoice.checks.dry_run import computed_totals, dry_run, warnings_after
from models.invoice.commands import Edit
from models.invoice.editing.inputs import AddLine, ChangeLine, LineInput, RemoveLine
from models.invoice.errors import InvalidChange, Refused, StaleRevision
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.fixtures.invoices import contract, drafted, new_invoice, worklog

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)


@pytest.fixture
def draft() -> Invoice:
    """15,000,000 for the month and 5.5 hours of overtime at 150,000 (docs/specification/pricing.md 4.8)."""
    records = contract([worklog(2, issue="PROJ-456"), worklog("43.5", issue="PROJ-457", day=date(2026, 2, 3))])
    return new_invoice(drafted(records))


def edit(draft: Invoice, **fields: object) -> Edit:
    return Edit.model_validate({"expected_revision": draft.revision, **fields})


def test_it_is_what_the_command_makes_and_the_draft_stays(draft: Invoice) -> None:
    before = draft.model_copy(deep=True)
    discount = AddLine(op="add", line=LineInput(description="Discount", unit_price=Decimal("-500000.50")))
    after = dry_run(draft, edit(draft, line_changes=[discount]), NOW)
    # 15,825,000.00 - 500,000.50
    assert after.total == Decimal("15324999.50")
    assert draft == before


def test_an_edit_that_would_be_refused_is_refused(draft: Invoice) -> None:
    with pytest.raises(StaleRevision):
        dry_run(draft, Edit(expected_revision=draft.revision + 1, payment_days=10), NOW)
    with pytest.raises(InvalidChange, match="contains no changes"):
        dry_run(draft, edit(draft, payment_days=draft.content.payment_days), NOW)
    with pytest.raises(Refused, match="not possible in this status"):
        dry_run(draft.model_copy(update={"status": Status.SENT}), edit(draft, payment_days=10), NOW)


def test_a_draft_without_faults_has_no_warning(draft: Invoice) -> None:
    assert warnings_after(draft, NOW) == draft.content.warnings


def test_a_total_of_nothing_is_said(draft: Invoice) -> None:
    changes = [ChangeLine(op="change", id=line.id, billed=False) for line in draft.content.lines if line.billed]
    after = dry_run(draft, edit(draft, line_changes=changes), NOW)
    assert any("there is nothing to invoice" in each for each in warnings_after(after, NOW))


def test_a_due_date_that_has_passed_is_said(draft: Invoice) -> None:
    after = dry_run(draft, edit(draft, invoice_date=date(2026, 1, 1), payment_days=10), NOW)
    assert any("2026-01-11 has passed" in each for each in warnings_after(after, NOW))


def test_a_letter_that_no_font_has_is_said_once(draft: Invoice) -> None:
    after = dry_run(draft, edit(draft, legal_text="Text \ue000"), NOW)
    assert len([each for each in warnings_after(after, NOW) if "E000" in each]) == 1


def test_a_total_by_hand_that_differs_from_the_lines_is_said(draft: Invoice) -> None:
    by_hand = dry_run(draft, edit(draft, total_amount="15000000.00"), NOW)
    assert computed_totals(by_hand.content).total_amount == Decimal("15825000.00")
    [said] = [each for each in warnings_after(by_hand, NOW) if "typed by hand" in each]
    assert "15,000,000.00" in said
    assert "15,825,000.00" in said
    overtime = next(line.id for line in draft.content.lines if line.rule == "SUP.overtime")
    same = edit(draft, total_amount="15000000.00", line_changes=[RemoveLine(op="remove", id=overtime)])
    assert not any("typed by hand" in each for each in warnings_after(dry_run(draft, same, NOW), NOW))
