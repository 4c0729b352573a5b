"""The preview of an invoice's page over HTTP: its content, its headers, and overrides that are refused."""

import asyncio

import pytest

from api.reads import Reads
from tests.http.callers import Caller, Rules, data_of, draft_of, error_of


async def test_a_viewer_sees_the_page_as_it_would_print(rules: Rules, viewer: Caller, key: str) -> None:
    draft = await rules.put(draft_of(key))
    page = await viewer.get(f"/invoices/{draft.id}/preview-html")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Черновик" in page.text
    assert "PROJ-456: Implement user dashboard" in page.text
    policy = page.headers["content-security-policy"].split("; ")
    assert policy[:4] == ["default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "font-src data:"]
    assert "sandbox" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "aktum-removed" not in page.headers


async def test_the_page_for_an_override_has_a_placeholder_for_the_number(
    rules: Rules, viewer: Caller, key: str
) -> None:
    draft = await rules.put(draft_of(key))
    page = await viewer.get(f"/invoices/{draft.id}/preview-html", params={"as_override": "true"})
    assert "№ {{number}}" in page.text
    assert "Черновик" not in page.text


async def test_forbidden_parts_of_an_override_are_not_shown(rules: Rules, viewer: Caller, key: str) -> None:
    """A signal from the Web UI can set such an override, because it does not pass the API's check."""
    draft = draft_of(key)
    content = draft.content.model_copy(update={"html_override": "<p>Hello</p><script>x()</script>"})
    await rules.put(draft.model_copy(update={"content": content}))
    page = await viewer.get(f"/invoices/{draft.id}/preview-html")
    assert "<p>Hello</p>" in page.text
    assert "<script" not in page.text
    assert page.headers["aktum-removed"] == "1"


async def test_an_unsafe_override_is_refused_with_every_reason(rules: Rules, editor: Caller, key: str) -> None:
    draft = await rules.put(draft_of(key))
    override = "<p onclick='x()'>Hello</p><img src='https://example.com/stamp.png'>"
    body = {"expected_revision": draft.revision, "html_override": override}
    error = error_of(await editor.patch(f"/invoices/{draft.id}", body), 400, "VALIDATION_ERROR")
    assert [each["path"] for each in error["details"]] == ["html_override", "html_override"]
    first, second = (each["message"] for each in error["details"])
    assert "onclick on <p>" in first
    assert "https://example.com/stamp.png" in second
    assert rules.sent == []
    body = {"expected_revision": draft.revision, "html_override": "<p>Hello</p>"}
    assert data_of(await editor.patch(f"/invoices/{draft.id}", body))["html_override"] == "<p>Hello</p>"


async def test_an_override_is_not_checked_when_the_edit_is_refused_anyway(
    rules: Rules, editor: Caller, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workflow refuses an edit of an old revision or of an invoice that is not a draft; its answer is returned."""

    async def read(*_: object) -> tuple[str, ...]:
        raise AssertionError("the page was read")

    monkeypatch.setattr(Reads, "override_objections", read)
    draft = await rules.put(draft_of(key))
    override = {"html_override": "<p onclick='x()'>Hello</p>"}
    note = {"expected_revision": draft.revision, "legal_text": "another"}
    data_of(await editor.patch(f"/invoices/{draft.id}", note))
    stale = await editor.patch(f"/invoices/{draft.id}", {"expected_revision": draft.revision, **override})
    assert error_of(stale, 409, "CONFLICT")["details"]["reason"] == "StaleRevision"
    data_of(await editor.post(f"/invoices/{draft.id}/discard", {}))
    gone = await editor.patch(f"/invoices/{draft.id}", {"expected_revision": draft.revision + 2, **override})
    assert error_of(gone, 409, "CONFLICT")["details"]["reason"] == "Refused"


async def test_slow_overrides_delay_no_other_command(rules: Rules, editor: Caller, key: str) -> None:
    """Six overrides wait for two processes of their own; the threads that other requests use stay free."""
    draft = await rules.put(draft_of(key))
    other = await rules.put(draft_of(f"{key}-OTHER"))
    page = "<p>" + "".join(f'<b x="{n}">' for n in range(1900)) + "</p><p>x" * 3000
    body = {"expected_revision": draft.revision, "html_override": page}
    slow = [asyncio.create_task(editor.patch(f"/invoices/{draft.id}", body)) for _ in range(6)]
    await asyncio.sleep(0)
    data_of(await editor.post(f"/invoices/{other.id}/discard", {}))
    assert not all(task.done() for task in slow)
    answers = await asyncio.gather(*slow)
    assert {answer.status_code for answer in answers} <= {400, 503}
    assert rules.invoices[draft.workflow_id].content.html_override is None


async def test_the_page_needs_a_login(rules: Rules, viewer: Caller, key: str) -> None:
    draft = await rules.put(draft_of(key))
    unknown = Caller(viewer.http, {})
    assert (await unknown.get(f"/invoices/{draft.id}/preview-html")).status_code == 401
    assert (await viewer.get("/invoices/none/preview-html")).status_code == 404


async def test_the_page_that_an_edit_would_print(rules: Rules, editor: Caller, viewer: Caller, key: str) -> None:
    draft = await rules.put(draft_of(key))
    path = f"/invoices/{draft.id}/preview-html"
    body = {"expected_revision": draft.revision, "customer": {"name": "Globex"}}
    page = await editor.post(path, body)
    assert page.status_code == 200, page.text
    assert "Globex" in page.text
    assert "sandbox" in page.headers["content-security-policy"]
    own = await editor.post(path, {"expected_revision": 1, "html_override": "<p>Hi</p><script>x()</script>"})
    assert ("<p>Hi</p>" in own.text, own.headers["aktum-removed"]) == (True, "1")
    assert "Globex" not in (await viewer.get(path)).text
    assert rules.sent == []
    error_of(await viewer.post(path, body), 403, "FORBIDDEN")
    stale = await editor.post(path, {**body, "expected_revision": 9})
    assert error_of(stale, 409, "CONFLICT")["details"]["reason"] == "StaleRevision"
    error_of(await editor.post(path, {"expected_revision": 1, "payment_days": 999}), 400, "VALIDATION_ERROR")
