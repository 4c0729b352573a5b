"""The HTML of a document: it is edited beside its preview, refused with every reason, and taken back."""

from collections.abc import Callable

import pytest

from models.access.roles import Role
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import Visitor, changed

Visits = Callable[[Role], Visitor]
OWN = "<p>By agreement № {{number}}: 1,00</p>"


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    return await rules.put(draft_of(key))


def with_html(invoice: Invoice, html: str | None) -> Invoice:
    return changed(invoice, content=invoice.content.model_copy(update={"html_override": html}))


async def test_it_begins_with_the_computed_page(draft: Invoice, visitor: Visits) -> None:
    page = await visitor(Role.EDITOR).get(f"/invoices/{draft.id}/html")
    assert "№ {{number}}" in page.fields()["html"]
    assert "PROJ-456: Implement user dashboard" in page.fields()["html"]
    assert page.all("button[name=restore]") == []
    [frame] = page.all("iframe[sandbox]")
    assert frame.attributes["src"] == f"/invoices/{draft.id}/preview"


async def test_it_is_saved_and_taken_back(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/html"
    saved = await editor.post(path, {**(await editor.get(path)).fields(), "html": OWN, "note": "as agreed"})
    assert saved.status == 303, saved.text
    assert rules.invoices[draft.workflow_id].content.html_override == OWN
    again = await editor.get(path)
    assert again.fields()["html"] == OWN
    assert "PROJ-456" in (await editor.get(f"{path}?computed=true")).fields()["html"]
    assert "has an HTML of its own" in (await editor.get(f"/invoices/{draft.id}/edit")).text
    restored = await editor.post(path, {**again.fields(), "restore": "true"})
    assert restored.status == 303, restored.text
    after = rules.invoices[draft.workflow_id].content
    assert after == draft.content
    assert after.html_override is None


async def test_what_a_document_must_not_contain_is_named_and_kept(
    rules: Rules, draft: Invoice, visitor: Visits
) -> None:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/html"
    bad = "<p onclick='x()'>Hello</p><script>x()</script>"
    fields = {**(await editor.get(path)).fields(), "html": bad}
    page = await editor.post(path, fields)
    assert page.status == 400
    said = page.texts("[role=alert] li")
    assert len(said) == 2
    assert any("onclick on <p>" in each for each in said)
    assert page.fields()["html"] == bad
    assert page.fields()["key"] == fields["key"]
    assert rules.sent == []
    checked = await editor.post(f"{path}/check", {"html": bad})
    assert checked.texts("[data-objections] li") == said
    assert (await editor.post(f"{path}/check", {"html": OWN})).texts("li") == []


async def test_the_preview_is_the_page_without_what_is_not_allowed(
    rules: Rules, draft: Invoice, visitor: Visits
) -> None:
    path = f"/invoices/{draft.id}/html/preview"
    page = await visitor(Role.EDITOR).post(path, {"html": "<p>Hello</p><script>x()</script>"})
    assert page.status == 200
    assert "<p>Hello</p>" in page.response.text
    assert "<script" not in page.response.text
    assert page.response.headers["Aktum-Removed"] == "1"
    policy = page.response.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "frame-ancestors 'self'" in policy
    assert rules.sent == []
    computed = await visitor(Role.EDITOR).post(path, {"html": ""})
    assert "PROJ-456: Implement user dashboard" in computed.response.text


@pytest.mark.parametrize("is_other", [False, True])
async def test_a_change_by_somebody_else_is_shown_and_nothing_is_lost(
    rules: Rules, draft: Invoice, visitor: Visits, is_other: bool
) -> None:
    editor, manager = visitor(Role.EDITOR), visitor(Role.MANAGER)
    path = f"/invoices/{draft.id}/html"
    opened = (await editor.get(path)).fields()
    if is_other:
        answer = await manager.post(path, {**(await manager.get(path)).fields(), "html": "<p>Theirs</p>"})
    else:
        edit = f"/invoices/{draft.id}/edit"
        answer = await manager.post(edit, {**(await manager.get(edit)).fields(), "payment_days": "10"})
    assert answer.status == 303
    page = await editor.post(path, {**opened, "html": OWN})
    assert page.status == 409
    assert "marat" in page.texts("[role=alert]")[0]
    assert page.texts("#f-theirs") == (["<p>Theirs</p>"] if is_other else [])
    assert page.fields()["html"] == OWN
    assert (await editor.post(path, page.fields())).status == 303
    after = rules.invoices[draft.workflow_id].content
    assert (after.html_override, after.payment_days) == (OWN, 45 if is_other else 10)


async def test_only_a_draft_and_only_an_editor(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    path = f"/invoices/{draft.id}/html"
    for role, suffix in ((Role.VIEWER, ""), (Role.VIEWER, "/preview"), (Role.VIEWER, "/check")):
        visit = visitor(role)
        page = await (visit.post(path + suffix, {"html": OWN}) if suffix else visit.get(path))
        assert page.status == 403
    assert f"{path}" not in (await visitor(Role.VIEWER).get(f"/invoices/{draft.id}")).links("a")
    assert f"{path}" in (await visitor(Role.EDITOR).get(f"/invoices/{draft.id}")).links("a")
    await rules.put(changed(draft, status=Status.SENT))
    page = await visitor(Role.EDITOR).get(path)
    assert page.status == 409
    assert "edit is not possible in this status" in page.text


async def test_an_own_page_is_said_on_the_invoice(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    await rules.put(with_html(draft, OWN))
    assert "edited by hand" in (await visitor(Role.VIEWER).get(f"/invoices/{draft.id}")).text
