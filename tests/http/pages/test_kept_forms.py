"""A session that ends while a form is being sent: the form is kept, and sent after the password was asked for again."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from api.pages.account.kept_forms import LARGEST_FORM
from models.access.roles import Role
from settings import Settings
from tests.fixtures.cloud_bills import unique
from tests.http.bills.importing import Importer, invoice
from tests.http.callers import NAMES, PASSWORD
from tests.http.pages.desk_visits import HTML, OWN_FORM, Page, Visitor, _page

AGAIN = "form[action='/login/again']"


@pytest.fixture
async def stranger(api_settings: Settings, users: dict[Role, str]) -> AsyncIterator[Visitor]:
    """The clock is the real one, because PyJWT uses it when it reads a token."""
    app = create_app(api_settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            yield Visitor(client)


@pytest.fixture
async def payable(stranger: Visitor) -> str:
    service = Importer(stranger.http, unique("tenant"))
    return str((await service.send(invoice("u-1"))).json()["invoice_id"])


async def signed_in(visitor: Visitor, page: Page, password: str = PASSWORD) -> tuple[Page, Visitor]:
    """Send the sign-in form, and return the answer with the visitor who has its cookie."""
    fields = {**page.fields(AGAIN), "username": NAMES[Role.EDITOR], "password": password}
    answer = await visitor.post("/login/again", fields)
    cookie = answer.response.headers.get("Set-Cookie", "")
    return answer, Visitor(visitor.http, cookie.partition("=")[2].partition(";")[0] or None)


async def test_a_form_is_sent_after_the_person_has_signed_in_again(stranger: Visitor, payable: str) -> None:
    path = f"/payables/{payable}/commands/lock"
    typed = {"key": "k-1", "revision": "1", "reason": "Line 1\n<b>“two”</b> & кириллица"}
    page = await Visitor(stranger.http, "an-expired-token").post(f"{path}?from=list", typed)
    assert page.status == 401
    assert "is kept in this page" in page.text
    assert "Set-Cookie" not in page.response.headers
    wrong, _ = await signed_in(stranger, page, "wrong")
    assert wrong.status == 401
    assert wrong.fields(AGAIN) == {**page.fields(AGAIN), "username": NAMES[Role.EDITOR], "password": ""}
    answer, lena = await signed_in(stranger, wrong)
    form = answer.all("form[data-send-now]")[0]
    assert form.attributes["action"] == f"{path}?from=list"
    assert answer.fields("form[data-send-now]") == typed
    sent = await lena.post(path, answer.fields("form[data-send-now]"))
    assert sent.status == 403, "an editor may not lock; the same rules apply as to any form"
    approve = {"key": "k-2", "revision": "1"}
    kept = await stranger.post(f"/payables/{payable}/commands/approve", approve)
    answer, lena = await signed_in(stranger, kept)
    done = await lena.post(f"/payables/{payable}/commands/approve", answer.fields("form[data-send-now]"))
    assert (done.status, done.response.headers["Location"]) == (303, f"/payables/{payable}?done=2")


async def test_repeated_fields_keep_their_order(stranger: Visitor) -> None:
    page = await stranger.post("/bills/unmatched", {"key": "k", "chosen": ["2", "0", "1"]})
    carried = [each.attributes["value"] or "" for each in page.all(f"{AGAIN} [name='kept.chosen']")]
    fields = {**page.fields(AGAIN), "kept.chosen": carried, "username": NAMES[Role.EDITOR], "password": PASSWORD}
    answer = await stranger.post("/login/again", fields)
    chosen = [each.attributes["value"] for each in answer.all("form[data-send-now] [name=chosen]")]
    assert chosen == ["2", "0", "1"]


async def test_a_file_is_lost_and_the_rest_waits_for_a_decision(stranger: Visitor) -> None:
    headers = {**HTML, **OWN_FORM}
    data, files = {"key": "k", "account": "main"}, {"file": ("april.csv", b"a,b\n1,2\n")}
    page = _page(await stranger.http.post("/bills/upload", headers=headers, data=data, files=files))
    assert "A file cannot be kept" in page.text
    answer, _ = await signed_in(stranger, page)
    assert answer.all("form[data-send-now]") == []
    form = answer.all("form[action='/bills/upload']")[0]
    assert form.attributes["enctype"] == "multipart/form-data"
    assert answer.fields("form[action='/bills/upload']") == data
    assert answer.links("a.button.wide") == ["/bills/upload"]


async def test_nothing_is_kept_of_what_is_large_or_empty(stranger: Visitor) -> None:
    large = await stranger.post("/bills/unmatched/settle", {"key": "k", "note": "x" * LARGEST_FORM})
    assert (large.status, large.response.headers["Location"]) == (303, "/login?next=/bills/unmatched/settle")
    empty = await stranger.post("/logout", {})
    assert empty.status == 303


async def test_a_form_is_sent_to_a_page_of_the_desk_only(stranger: Visitor) -> None:
    page = await stranger.post("/bills/unmatched/settle", {"key": "k"})
    fields = {**page.fields(AGAIN), "kept_address": "https://evil.example/", "username": NAMES[Role.EDITOR]}
    answer = await stranger.post("/login/again", {**fields, "password": PASSWORD})
    assert answer.all("form[data-send-now]")[0].attributes["action"] == "/"


async def test_a_part_that_asks_again_is_left_as_it_is(stranger: Visitor) -> None:
    page = await stranger.get("/bills", **{"HX-Request": "true"})
    assert (page.status, page.response.content) == (401, b"")


async def test_forms_of_other_sites_are_refused_before_anything_is_kept(stranger: Visitor) -> None:
    page = await stranger.post("/bills/unmatched/settle", {"key": "k"}, **{"Sec-Fetch-Site": "cross-site"})
    assert page.status == 403
    assert page.all(AGAIN) == []
