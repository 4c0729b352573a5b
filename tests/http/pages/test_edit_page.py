"""The edit of a draft: only what was changed is sent, and two people who edit at once lose nothing."""

from collections.abc import Callable

import pytest

from models.access.roles import Role
from models.invoice.commands import Edit
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import Page, Visitor, changed

Visits = Callable[[Role], Visitor]


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    return await rules.put(draft_of(key))


def edits(rules: Rules) -> list[Edit]:
    return [command for command, _ in rules.sent if isinstance(command, Edit)]


def given(command: Edit) -> set[str]:
    return (
        command.model_fields_set
        - {"by", "role", "idempotency_key", "expected_revision"}
        - {name for name in Edit.model_fields if getattr(command, name) in (None, ())}
    )


async def test_an_untouched_form_changes_nothing(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    editor = visitor(Role.EDITOR)
    fields = (await editor.get(f"/invoices/{draft.id}/edit")).fields()
    page = await editor.post(f"/invoices/{draft.id}/edit", fields)
    assert page.status in (303, 400, 409)
    assert all(given(command) == set() for command in edits(rules))


async def test_only_the_changed_fields_are_sent(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/edit"
    fields = (await editor.get(path)).fields()
    line = draft.content.lines[0].id
    changes = {
        "payment_days": "30",
        "customer.address": "Amir Temur 5",
        f"line.{line}.unit_price": "14 000 000,00",
        "new.0.description": "Discount",
        "new.0.quantity": "1",
        "new.0.unit_price": "-500 000,50",
        "note": "agreed on 1 March",
    }
    page = await editor.post(path, {**fields, **changes})
    assert page.status == 303, page.text
    command = edits(rules)[-1]
    assert given(command) == {"payment_days", "customer", "line_changes", "note"}
    assert command.payment_days == 30
    assert [change.op for change in command.line_changes] == ["change", "add"]
    after = rules.invoices[draft.workflow_id]
    assert after.content.customer.address == "Amir Temur 5"
    # 14,000,000.00 + 825,000.00 overtime - 500,000.50
    assert str(after.total) == "14324999.50"
    done = await editor.get(page.response.headers["Location"])
    assert done.texts(".panel.done")[0].startswith("Edited · lena")


async def test_a_removed_line(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/edit"
    fields = (await editor.get(path)).fields()
    overtime = next(line for line in draft.content.lines if line.rule == "SUP.overtime")
    assert (await editor.post(path, {**fields, f"line.{overtime.id}.remove": "true"})).status == 303
    assert str(rules.invoices[draft.workflow_id].total) == "15000000.00"


async def test_fields_that_cannot_be_read_are_named_and_kept(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/edit"
    fields = (await editor.get(path)).fields()
    page = await editor.post(path, {**fields, "base_amount": "14.500", "payment_days": "soon", "note": "try"})
    assert page.status == 400
    assert "14.500 can mean 14.50 or 14500.00" in page.texts("[role=alert]")[0]
    assert "must be a whole number" in page.texts("[role=alert]")[0]
    shown = page.fields()
    assert (shown["base_amount"], shown["payment_days"], shown["note"]) == ("14.500", "soon", "try")
    assert edits(rules) == []


async def edited_by_two(rules: Rules, draft: Invoice, visitor: Visits, mine: dict[str, str]) -> Page:
    """Return what a person sees who saves after a manager has changed the payment days and the address."""
    path = f"/invoices/{draft.id}/edit"
    editor, manager = visitor(Role.EDITOR), visitor(Role.MANAGER)
    opened = (await editor.get(path)).fields()
    theirs = {**(await manager.get(path)).fields(), "payment_days": "10", "customer.address": "Navoiy 1"}
    answer = await manager.post(path, theirs)
    assert answer.status == 303, answer.text[:900]
    return await editor.post(path, {**opened, **mine})


async def test_a_conflict_shows_three_columns_and_keeps_both(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    before = draft.content.customer.address
    page = await edited_by_two(rules, draft, visitor, {"payment_days": "30", "agreement_number": "PO-9"})
    assert page.status == 409
    rows = {
        cells[0]: cells[1:]
        for row in page.all("tbody tr")
        if (cells := [" ".join(cell.text(separator=" ").split()) for cell in row.css("th, td")])
    }
    assert rows["Payment days"] == ["45", "10", "30"]
    assert rows["Agreement number"][2] == "PO-9"
    assert rows["Address"] == [before, "Navoiy 1", "—"]
    assert "marat" in page.texts("[role=alert]")[0]

    chosen = {**page.fields(), "payment_days": "30"}
    saved = await visitor(Role.EDITOR).post(f"/invoices/{draft.id}/edit", chosen)
    assert saved.status == 303, saved.text
    after = rules.invoices[draft.workflow_id].content
    assert (after.payment_days, after.customer.address) == (30, "Navoiy 1")
    assert after.service.agreement_number == "PO-9"


async def test_the_other_value_can_be_kept(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    page = await edited_by_two(rules, draft, visitor, {"payment_days": "30", "agreement_number": "PO-9"})
    chosen = {**page.fields(), "payment_days": "10"}
    assert (await visitor(Role.EDITOR).post(f"/invoices/{draft.id}/edit", chosen)).status == 303
    after = rules.invoices[draft.workflow_id].content
    assert (after.payment_days, after.service.agreement_number) == (10, "PO-9")
    assert given(edits(rules)[-1]) == {"agreement_number"}


async def test_an_issued_invoice_has_no_edit_page(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    await rules.put(changed(draft, status=Status.SENT))
    page = await visitor(Role.EDITOR).get(f"/invoices/{draft.id}/edit")
    assert page.status == 409
    assert "edit is not possible in this status" in page.text
