"""The lines of the edit form: the one field of the grid, the plain fields, and the totals before saving."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from api.pages.invoice.edit_lines import full_order
from models.access.roles import Role
from models.invoice.commands import Edit
from models.invoice.editing.inputs import ChangeLine, CustomerChanges, LineInput, ToggleChanges
from models.invoice.invoice import Invoice
from models.issuer.service_code import ServiceCodeInput
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import Page, Visitor

Visits = Callable[[Role], Visitor]


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    """15,000,000 for the month and 5.5 hours of overtime at 150,000 (docs/specification/pricing.md 4.8)."""
    return await rules.put(draft_of(key))


def from_grid(fields: dict[str, str], *changes: dict[str, Any]) -> dict[str, str]:
    """Return the form as the grid sends it."""
    rest = {name: text for name, text in fields.items() if not name.startswith(("line.", "new."))}
    return {**rest, "line_changes": json.dumps(changes)}


async def posted(visitor: Visits, draft: Invoice, *changes: dict[str, Any], **header: str) -> Page:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/edit"
    fields = (await editor.get(path)).fields()
    return await editor.post(path, {**from_grid(fields, *changes), **header})


async def tried(visitor: Visits, draft: Invoice, *changes: dict[str, Any], **header: str) -> Page:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/edit"
    fields = (await editor.get(path)).fields()
    for name in ("was", "key"):
        del fields[name]
    return await editor.post(f"{path}/preview", {**from_grid(fields, *changes), **header})


async def test_every_field_of_an_edit_is_in_the_form(draft: Invoice, visitor: Visits) -> None:
    page = await visitor(Role.EDITOR).get(f"/invoices/{draft.id}/edit")
    names = {each.attributes.get("name") or "" for each in page.all("form[data-command-form] [name]")}
    nested: dict[str, type[BaseModel]] = {"customer": CustomerChanges, "toggles": ToggleChanges}
    expected = set(Edit.model_fields) - {"by", "role", "on_behalf_of", "idempotency_key", "line_changes", *nested}
    expected -= {"html_override"}  # it has a page of its own
    expected |= {f"{name}.{field}" for name, model in nested.items() for field in model.model_fields}
    expected |= {f"line.L1.{field}" for field in set(ChangeLine.model_fields) - {"op", "id", "service_code"}}
    expected |= {f"new.0.{field}" for field in set(LineInput.model_fields) - {"service_code"}}
    expected |= {f"code.{field}" for field in ServiceCodeInput.model_fields}
    assert expected <= names


async def test_the_grid_sends_only_what_changed(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    page = await posted(
        visitor,
        draft,
        {"op": "change", "id": "L1", "unit_price": "14 000 000,00"},
        {"op": "add", "key": "n1", "before": "L2", "description": "First", "unit_price": "10", "line_type": "task"},
        {"op": "add", "key": "n2", "before": "L2", "description": "Second", "unit_price": "20,5", "jira_key": "PROJ-9"},
        {"op": "add", "key": "n3", "description": "Last", "unit_price": "-5", "billed": "false"},
        {"op": "remove", "id": "L4"},
    )
    assert page.status == 303, page.text
    lines = rules.invoices[draft.workflow_id].content.lines
    assert [line.description for line in lines] == [
        *(draft.content.lines[0].description, "First", "Second"),
        *(draft.content.lines[1].description, draft.content.lines[2].description, "Last"),
    ]
    assert (lines[1].line_type, lines[2].work.jira_key, lines[5].billed) == ("task", "PROJ-9", False)
    assert lines[0].unit_price == Decimal(14000000)


async def test_lines_are_moved(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    ids = [line.id for line in draft.content.lines]
    wanted = [ids[1], ids[0], *ids[2:]]
    page = await posted(visitor, draft, {"op": "order", "ids": wanted}, {"op": "remove", "id": ids[3]})
    assert page.status == 303, page.text
    assert [line.id for line in rules.invoices[draft.workflow_id].content.lines] == wanted[:3]


@pytest.mark.parametrize(
    ("wanted", "present", "order"),
    [
        ("C A B", "A B C", "C A B"),
        ("B A", "A B C", "B C A"),
        ("B A", "A X B", "B A X"),
        ("B A GONE", "A B", "B A"),
        ("", "A B", "A B"),
        ("B A", "X A B", "X B A"),
    ],
)
def test_a_line_that_the_order_does_not_name_follows_its_predecessor(wanted: str, present: str, order: str) -> None:
    assert full_order(wanted.split(), present.split()) == order.split()


async def test_a_new_line_without_a_description_is_not_dropped(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    page = await posted(visitor, draft, {"op": "add", "key": "n1", "unit_price": "10"})
    assert page.status == 400
    assert page.links("[role=alert] a") == ["#f-new-n1-description"]
    assert page.fields()["new.n1.unit_price"] == "10"
    assert rules.sent == []


async def test_a_refused_form_has_its_rows_where_they_were(draft: Invoice, visitor: Visits) -> None:
    page = await posted(
        visitor,
        draft,
        {"op": "order", "ids": ["L2", "L1", "L3", "L4"]},
        {"op": "add", "key": "n7", "before": "L1", "description": "Between", "unit_price": "1.500"},
    )
    assert page.status == 400
    assert "1.500 can mean" in page.texts("[role=alert]")[0]
    rows = [
        row.attributes.get("data-line") or row.attributes.get("data-new") for row in page.all("[data-grid] tbody tr")
    ]
    assert rows == ["L2", "n7", "L1", "L3", "L4", "0", "1", "2"]


@pytest.mark.parametrize(
    "changes",
    [
        "no json",
        '{"op": "remove"}',
        '[{"op": "remove", "id": 1}]',
        '[{"op": "change", "id": "L1", "line_type": "task"}]',
        '[{"op": "change", "id": "L1", "billed": true}]',
        '[{"op": "add", "key": "../n", "description": "x"}]',
        '[{"op": "sort"}]',
        "[1]",
    ],
)
async def test_a_field_that_no_grid_made_is_refused(
    rules: Rules, draft: Invoice, visitor: Visits, changes: str
) -> None:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/edit"
    page = await editor.post(path, {**(await editor.get(path)).fields(), "line_changes": changes})
    assert page.status == 404
    assert rules.sent == []


async def test_the_due_date_sets_the_payment_days(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    assert (await posted(visitor, draft, due_date="2026-03-31")).status == 303
    assert rules.invoices[draft.workflow_id].content.payment_days == 30
    again = rules.invoices[draft.workflow_id]
    page = await posted(visitor, again, due_date="2026-04-30", payment_days="5")
    assert page.status == 400
    assert page.links("[role=alert] a") == ["#f-due_date"]


async def test_a_line_gets_a_code_of_its_own(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    code = {"code.ikpu": "1" * 17, "code.package_code": "1234", "code.package_name": "hour"}
    page = await posted(visitor, draft, **code)
    assert (page.status, page.links("[role=alert] a")) == (400, ["#f-code-line"])
    bad = await posted(visitor, draft, **{**code, "code.line": "L2", "code.package_name": ""})
    assert (bad.status, bad.links("[role=alert] a")) == (400, ["#f-code-package_name"])
    assert (await posted(visitor, draft, **code, **{"code.line": "L2"})).status == 303
    found = rules.invoices[draft.workflow_id].content.lines[1].service_code
    assert found is not None
    assert (found.ikpu, found.package_name) == ("1" * 17, "hour")


class TestTotals:
    async def test_they_are_shown_old_and_new_and_nothing_is_stored(
        self, rules: Rules, draft: Invoice, visitor: Visits
    ) -> None:
        page = await tried(
            visitor,
            draft,
            {"op": "change", "id": "L2", "quantity": "2"},
            {"op": "add", "key": "n1", "before": "L2", "description": "A", "unit_price": "1 000,50"},
            {"op": "add", "key": "n2", "description": "B", "unit_price": "2", "quantity": "3"},
        )
        # 15,000,000 + 2 x 150,000 + 1,000.50 + 6
        assert page.texts(".whole del") == ["15,825,000.00"]
        assert page.texts(".whole ins") == ["15,301,006.50"]
        sums = {str(each.attributes["data-row"]): each.text(strip=True) for each in page.all("[data-row]")}
        assert sums == {"line.L2": "300,000.00", "new.n1": "1,000.50", "new.n2": "6.00"}
        assert page.all("[data-asks-note=true]")
        assert rules.sent == []

    async def test_a_header_asks_for_no_note(self, draft: Invoice, visitor: Visits) -> None:
        page = await tried(visitor, draft, payment_days="10")
        assert page.all("[data-asks-note=false]")
        assert page.texts(".totals-row ins") == ["11 Mar 2026"]

    async def test_what_cannot_be_read_is_named_by_its_cell(self, draft: Invoice, visitor: Visits) -> None:
        page = await tried(
            visitor,
            draft,
            {"op": "add", "key": "n1", "description": "A", "unit_price": "12.345"},
            {"op": "change", "id": "L1", "rate_multiplier": "200"},
            base_amount="much",
        )
        cells = {
            str(each.attributes["data-cell-error"]): each.text(strip=True) for each in page.all("[data-cell-error]")
        }
        assert set(cells) == {"new.n1.unit_price", "base_amount"}
        assert "12.345 can mean 12.345 or 12345.00" in cells["new.n1.unit_price"]
        limits = await tried(visitor, draft, {"op": "change", "id": "L1", "rate_multiplier": "200"})
        assert [each.attributes["data-cell-error"] for each in limits.all("[data-cell-error]")] == [
            "line.L1.rate_multiplier"
        ]

    async def test_warnings_of_the_draft_that_it_would_be(self, draft: Invoice, visitor: Visits) -> None:
        page = await tried(visitor, draft, total_amount="15000000")
        assert any("15,000,000.00 was typed by hand" in each for each in page.texts(".panel.warning li"))
        assert page.texts(".whole dt") == ["Total, UZS (typed by hand)"]

    async def test_an_untouched_form_shows_the_totals_of_the_draft(self, draft: Invoice, visitor: Visits) -> None:
        page = await tried(visitor, draft)
        assert page.texts(".whole dd") == ["15,825,000.00"]
        assert page.all(".panel") == []

    async def test_a_newer_revision_is_said(self, rules: Rules, draft: Invoice, visitor: Visits) -> None:
        page = await tried(visitor, draft, payment_days="10", expected_revision="7")
        assert "Somebody else has changed the draft meanwhile" in page.texts(".panel.warning")[0]

    async def test_a_viewer_tries_nothing(self, draft: Invoice, visitor: Visits) -> None:
        page = await visitor(Role.VIEWER).post(f"/invoices/{draft.id}/edit/preview", {"payment_days": "10"})
        assert page.status == 403
