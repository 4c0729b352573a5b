"""The dry run of an edit over HTTP: totals before and after, the changed lines, warnings, and nothing stored."""

import pytest

from models.invoice.status import Status
from tests.http.callers import Caller, Rules, data_of, draft_of, error_of


async def test_it_shows_totals_and_lines_and_changes_nothing(
    rules: Rules, editor: Caller, viewer: Caller, key: str
) -> None:
    draft = await rules.put(draft_of(key))
    path = f"/invoices/{draft.id}"
    before = data_of(await viewer.get(path))
    overtime = next(line.id for line in draft.content.lines if line.rule == "SUP.overtime")
    task = next(line for line in draft.content.lines if not line.billed)
    changes = [
        {"op": "change", "id": overtime, "quantity": "2.00"},
        {"op": "add", "line": {"description": "Setup", "quantity": "3", "unit_price": "100000.00"}},
        {"op": "add", "line": {"description": "Discount", "unit_price": "-50000.00"}, "before": overtime},
        {"op": "remove", "id": task.id},
    ]
    data = data_of(
        await editor.post(f"{path}/edit/preview", {"expected_revision": 1, "line_changes": changes, "payment_days": 30})
    )
    assert (data["revision"], data["totals_change"], data["removed"]) == (1, True, [task.id])
    assert data["before"]["total_amount"] == "15825000.00"
    # 15,000,000 + 2 x 150,000 + 3 x 100,000 - 50,000
    assert data["after"]["total_amount"] == "15550000.00"
    assert data["after"]["overtime_hours"] == "2.00"
    assert [(line["description"], line["line_total"]) for line in data["lines"]][-2:] == [
        ("Setup", "300000.00"),
        ("Discount", "-50000.00"),
    ]
    assert next(line["line_total"] for line in data["lines"] if line["id"] == overtime) == "300000.00"
    assert data["changes"]["payment_days"] == ["45", "30"]
    assert data_of(await viewer.get(path)) == before
    assert rules.sent == []


async def test_a_header_alone_changes_no_total(rules: Rules, editor: Caller, key: str) -> None:
    draft = await rules.put(draft_of(key))
    body = {"expected_revision": 1, "due_date": "2026-03-31"}
    data = data_of(await editor.post(f"/invoices/{draft.id}/edit/preview", body))
    assert (data["totals_change"], data["due_date"], data["lines"]) == (False, "2026-03-31", [])


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ({"line_changes": [{"op": "change", "id": "L99", "billed": True}]}, "line_changes", "there is no line 'L99'"),
        ({"base_amount": "12.345"}, "base_amount", "12.345 can mean"),
        ({"due_date": "2026-03-31", "payment_days": 3}, "due_date", "not both"),
        ({"html_override": "<script>x()</script>"}, "html_override", "<script> is not allowed"),
        ({}, "body", "contains no changes"),
        ({"total": "1"}, "total", "unknown field"),
    ],
)
async def test_what_the_edit_would_refuse_is_refused(
    rules: Rules, editor: Caller, key: str, body: dict[str, object], path: str, message: str
) -> None:
    draft = await rules.put(draft_of(key))
    answer = await editor.post(f"/invoices/{draft.id}/edit/preview", {"expected_revision": 1, **body})
    [detail] = error_of(answer, 400, "VALIDATION_ERROR")["details"]
    assert detail["path"] == path
    assert message in detail["message"]


async def test_another_revision_or_status_is_a_conflict(rules: Rules, editor: Caller, key: str) -> None:
    draft = await rules.put(draft_of(key))
    path = f"/invoices/{draft.id}/edit/preview"
    details = error_of(await editor.post(path, {"expected_revision": 9, "payment_days": 3}), 409, "CONFLICT")["details"]
    assert (details["reason"], details["expected_revision"], details["current_revision"]) == ("StaleRevision", 9, 1)
    await rules.put(draft.model_copy(update={"status": Status.SENT, "revision": 2}))
    sent = error_of(await editor.post(path, {"expected_revision": 2, "payment_days": 3}), 409, "CONFLICT")
    assert "edit" not in sent["details"]["allowed"]


async def test_a_viewer_tries_nothing(rules: Rules, viewer: Caller, key: str) -> None:
    draft = await rules.put(draft_of(key))
    answer = await viewer.post(f"/invoices/{draft.id}/edit/preview", {"expected_revision": 1, "payment_days": 3})
    error_of(answer, 403, "FORBIDDEN")


async def test_an_unknown_invoice(rules: Rules, editor: Caller) -> None:
    error_of(await editor.post("/invoices/none/edit/preview", {"expected_revision": 1}), 404, "NOT_FOUND")
