"""The page of the Didox sandbox: acts are listed, signed, rejected and annulled."""

from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from activities.clients.didox.client import ActDraft, Didox
from local.sandboxes.didox.act import SENT, document
from local.sandboxes.didox.page import didox_page
from local.sandboxes.pages.routes import add_page
from local.sandboxes.state import SandboxState
from settings import DidoxSettings
from tests.fixtures.sandbox_pages import HOSTILE, page_of
from tests.fixtures.sandboxes import PASSWORD, Sandbox


def statuses(sandbox: Sandbox) -> dict[str, tuple[int, str | None]]:
    records = [effect["record"] for effect in sandbox.all_effects()]
    return {record["_id"]: (record["status"], record["status_comment"]) for record in records}


async def test_it_lists_acts_and_lets_them_be_signed_and_rejected(
    didox_sandbox: Sandbox, operator: Didox, act: ActDraft
) -> None:
    first = await operator.create_act(act)
    second = await operator.create_act(act.model_copy(update={"number": "18", "buyer_name": HOSTILE}))
    page = page_of(didox_sandbox)
    for text in ("17", "Acme Corp, TIN 123456789", "D-12", "15\u202f000\u202f000.00", "waits for our signature"):
        assert text in page.text
    assert f"{HOSTILE}, TIN 123456789" in page.text
    assert not page.tags & {"script", "img"}
    assert page.labels(first) == ["Sign for us and send"]
    for key in (first, second):
        page.press("Sign for us and send", key)
    page.press("Sign as the client", first)
    page.press("Reject", second, comment=HOSTILE)
    assert statuses(didox_sandbox) == {first: (3, None), second: (4, HOSTILE)}
    assert "signed by both" in page.text
    assert "rejected by the client: <script>alert(1)</script>" in page.text
    assert not page.tags & {"script", "img"}
    assert page.labels(second) == []


async def test_a_rejection_without_a_comment_is_refused(didox_sandbox: Sandbox, operator: Didox, act: ActDraft) -> None:
    key = await operator.create_act(act)
    page = page_of(didox_sandbox)
    page.press("Sign for us and send", key)
    page.press("Reject", key, comment="")
    assert page.status == 422
    assert "comment" in page.text
    assert statuses(didox_sandbox)[key] == (1, None)


async def test_an_action_that_came_too_late_is_refused(didox_sandbox: Sandbox, operator: Didox, act: ActDraft) -> None:
    key = await operator.create_act(act)
    stale, page = page_of(didox_sandbox), page_of(didox_sandbox)
    page.press("Sign for us and send", key)
    stale.press("Sign for us and send", key)
    assert stale.status == 422
    assert "Nothing was changed" in stale.text


async def test_the_password_is_not_shown(didox_sandbox: Sandbox, operator: Didox) -> None:
    await operator.find_acts("17", "123456789")
    page = page_of(didox_sandbox)
    assert "/v1/auth/309630523/password" in page.text
    assert PASSWORD.get_secret_value() not in page.source


async def test_a_button_appears_where_the_sandbox_has_its_route(tmp_path: Path) -> None:
    app, state = FastAPI(), SandboxState(tmp_path / "didox.sqlite3")
    act = {
        "actdoc": {"actno": "17", "actdate": "2026-02-28"},
        "contractdoc": {"contractno": "D-12", "contractdate": "2026-01-15"},
        "buyername": "Acme Corp",
        "buyertin": "123456789",
        "productlist": {"products": []},
    }
    state.put("document", "d1", {**document(1, act, "2026-03-01 10:00:00"), "_id": "d1", "status": SENT})
    add_page(app, didox_page(state, DidoxSettings()))
    asked: list[tuple[str, dict[str, Any]]] = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as http:
        assert "Annul as the tax office" not in (await http.get("/")).text

        @app.post("/__sandbox/{document_id}/annul")
        async def annul(document_id: str, body: dict[str, Any]) -> None:
            asked.append((document_id, body))

        assert "Annul as the tax office" in (await http.get("/")).text
        assert "Sign as the client" not in (await http.get("/")).text
        answer = await http.post("/__sandbox/page/actions/annul", data={"key": "d1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?done=annul")
    assert asked == [("d1", {"status": 50, "comment": "Annulled by the tax office"})]
