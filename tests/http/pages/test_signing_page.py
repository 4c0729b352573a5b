"""The signing queue: what waits, which certificate may sign, the bytes, and the answer for each act."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.pages.rendering import POLICY
from local.sandboxes.signer.keys import YEAR, Key
from models.access.roles import Role
from models.invoice.invoice import Invoice
from models.values.failure_codes import Failure
from tests.http.callers import NOW, Rules
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.signing import CONTENT, TIN, Didox, waiting_act
from workflows.client import signatures
from workflows.client.errors import RequestFailed

Visits = Callable[[Role], Visitor]
MONTH = timedelta(days=30)
GOOD = Key.made("DS_GOOD", "KARIMOVA AMINA", "PROXIMAOPS", TIN, NOW - MONTH)
EXPIRED = Key.made("DS_OLD", "KARIMOVA AMINA", "PROXIMAOPS", TIN, NOW - 2 * YEAR)
FOREIGN = Key.made("DS_OTHER", "SOLIEV RUSTAM", "OTHER LLC", "301234567", NOW - MONTH)
JSON = {"Accept": "application/json"}


@pytest.fixture
def didox(rules: Rules, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Didox:
    stand_in = Didox(engine)
    monkeypatch.setattr(signatures, "fetch_to_sign", stand_in.fetch)
    return stand_in


@pytest.fixture
async def act(rules: Rules, key: str) -> Invoice:
    return await rules.put(waiting_act(key))


def signed(key: Key, content: bytes = CONTENT) -> dict[str, str]:
    pkcs7, signature_hex = key.sign(content)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    return {"sha256": sha256, "pkcs7": pkcs7, "signature_hex": signature_hex, "action": "send"}


async def of_queue(visitor: Visitor, invoice_id: str) -> Page | None:
    """Return the page of the queue with the act; the tests share a database."""
    number = 1
    while True:
        page = await visitor.get(f"/signing?page={number}")
        if page.all(f"[data-act='{invoice_id}']"):
            return page
        if not page.links("a[rel=next]"):
            return None
        number += 1


async def test_an_act_that_waits_is_listed_with_what_its_signature_does(act: Invoice, visitor: Visits) -> None:
    page = await of_queue(visitor(Role.EDITOR), act.id)
    assert page is not None
    [row] = page.all(f"[data-act='{act.id}']")
    assert row.attributes["data-action"] == "send"
    assert "Acme Corp" in row.text()
    assert "sends the act to the client" in row.text()
    assert "/signing" in page.links("nav.side a")


async def test_only_this_page_may_connect_to_the_local_signer(visitor: Visits) -> None:
    editor = visitor(Role.EDITOR)
    local = "wss://127.0.0.1:64443/service/cryptapi ws://127.0.0.1:64646/service/cryptapi"
    policy = (await editor.get("/signing")).response.headers["Content-Security-Policy"]
    assert policy == POLICY.replace("connect-src 'self'", f"connect-src 'self' {local}")
    assert (await editor.get("/invoices")).response.headers["Content-Security-Policy"] == POLICY


async def test_each_certificate_says_why_it_may_not_sign(visitor: Visits) -> None:
    aliases = [GOOD.listed["alias"], EXPIRED.listed["alias"], "cn=nobody,validto=never"]
    page = await visitor(Role.EDITOR).post("/signing/certificates", {"aliases": json.dumps(aliases)})
    good, expired, unread = page.all("label")
    assert "disabled" not in good.css_first("input").attributes  # type: ignore[union-attr]
    assert "KARIMOVA AMINA" in good.text()
    assert "expired on" in expired.text()
    assert "cannot be read" in unread.text()
    assert len(page.all("input[disabled]")) == 2
    assert len(page.all("input[checked]")) == 1


@pytest.mark.parametrize(
    ("aliases", "heading"),
    [
        ([], "E-IMZO has found no key on this machine"),
        ([EXPIRED.listed["alias"]], "No certificate on this machine may sign"),
    ],
)
async def test_no_key_and_no_fitting_key_are_told(visitor: Visits, aliases: list[str], heading: str) -> None:
    page = await visitor(Role.EDITOR).post("/signing/certificates", {"aliases": json.dumps(aliases)})
    assert page.texts("[role=alert] h2") == [heading]
    assert page.all("input[checked]") == []


async def test_the_bytes_are_given_to_a_certificate_that_may_sign(didox: Didox, act: Invoice, visitor: Visits) -> None:
    editor, path = visitor(Role.EDITOR), f"/signing/{act.id}/document"
    answer = (await editor.post(path, {"alias": GOOD.listed["alias"], "action": "send"}, **JSON)).response
    assert base64.b64decode(answer.json()["content"]) == CONTENT
    assert answer.headers["Cache-Control"] == "no-store"
    foreign = (await editor.post(path, {"alias": FOREIGN.listed["alias"], "action": "send"}, **JSON)).response
    assert foreign.status_code == 400
    assert f"has the TIN 301234567; the seller of the act is {TIN}" in foreign.json()["error"]["message"]
    changed = (await editor.post(path, {"alias": GOOD.listed["alias"], "action": "cancel"}, **JSON)).response
    assert changed.status_code == 409
    didox.failure = RequestFailed(Failure.NO_ANSWER, "Didox could not be reached.")
    down = (await editor.post(path, {"alias": GOOD.listed["alias"], "action": "send"}, **JSON)).response
    assert (down.status_code, "Didox could not be reached." in down.json()["error"]["message"]) == (503, True)


async def test_a_signature_is_taken_once(rules: Rules, didox: Didox, act: Invoice, visitor: Visits) -> None:
    editor, path = visitor(Role.EDITOR), f"/signing/{act.id}"
    await editor.post(f"{path}/document", {"alias": GOOD.listed["alias"], "action": "send"}, **JSON)
    given = signed(GOOD)
    for _ in range(2):
        answer = (await editor.post(path, given, **JSON)).response
        assert answer.status_code == 200, answer.text
        assert (answer.json()["state"], answer.json()["look"]) == ("pending", "sent")
    assert "goes on by itself" in answer.json()["text"]
    sends = [each for each in rules.invoices[act.workflow_id].effects if each.name == "einvoice_send"]
    assert len(sends) == 1
    assert await of_queue(editor, act.id) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda: signed(EXPIRED), "expired on"),
        (lambda: signed(FOREIGN), "has the TIN 301234567"),
        (lambda: signed(GOOD, b"{}"), "covers other bytes"),
        (lambda: {**signed(GOOD), "pkcs7": "no base64!"}, ""),
        (dict, "sha256"),
    ],
)
async def test_a_signature_that_does_not_fit_is_refused(
    rules: Rules, didox: Didox, act: Invoice, visitor: Visits, body: Callable[[], dict[str, str]], message: str
) -> None:
    editor, path = visitor(Role.EDITOR), f"/signing/{act.id}"
    await editor.post(f"{path}/document", {"alias": GOOD.listed["alias"], "action": "send"}, **JSON)
    answer = (await editor.post(path, body(), **JSON)).response
    assert answer.status_code == 400
    assert message in answer.text
    assert rules.sent == []


async def test_a_viewer_signs_nothing(didox: Didox, act: Invoice, visitor: Visits) -> None:
    viewer = visitor(Role.VIEWER)
    assert (await viewer.get("/signing")).status == 403
    assert "/signing" not in (await viewer.get("/invoices")).links("nav.side a")
    for path in ("/signing/certificates", f"/signing/{act.id}/document", f"/signing/{act.id}"):
        assert (await viewer.post(path, {}, **JSON)).status == 403, path
    assert didox.asked == []
