"""The preview of an invoice's page over HTTP: its content, its headers, and overrides that are refused."""

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


async def test_the_page_needs_a_login(rules: Rules, viewer: Caller, key: str) -> None:
    draft = await rules.put(draft_of(key))
    unknown = Caller(viewer.http, {})
    assert (await unknown.get(f"/invoices/{draft.id}/preview-html")).status_code == 401
    assert (await viewer.get("/invoices/none/preview-html")).status_code == 404
