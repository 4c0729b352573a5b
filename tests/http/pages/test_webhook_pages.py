"""The pages of webhooks: endpoints, secrets that are shown once, test events, deliveries and sending again."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Page, Visitor

Visits = Callable[[Role], Visitor]
PATH = "/settings/webhooks"
URL = "https://erp.example.com/aktum"


@pytest.fixture
async def anna(visitor: Visits, engine: AsyncEngine) -> Visitor:
    """An admin on a desk without endpoints; the tests share a database, and there is a limit."""
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM webhook_endpoints"))
    return visitor(Role.ADMIN)


async def added(anna: Visitor, **more: Any) -> tuple[str, Page]:
    """Return the id of a new endpoint, and the answer to the form."""
    form = await anna.get(f"{PATH}/new")
    page = await anna.post(f"{PATH}/new", {**form.fields(), "url": f"{URL}/{uuid4().hex}", "event_types": "*", **more})
    assert page.status == 200, page.text
    return page.links("main a.primary")[0].rpartition("/")[2], page


async def failed(
    engine: AsyncEngine, endpoint_id: str, status: int | None = 500, event_type: str = "invoice.paid"
) -> int:
    """Store a delivery that failed; return its id."""
    query = """
        INSERT INTO webhook_deliveries
            (endpoint_id, event_id, event_type, invoice_id, position, body, state, attempts, last_status, last_error)
        VALUES (:endpoint, :event, :type, 'invoice-9', 1, '{"type":"invoice.paid"}', 'failed', 8, :status,
            'the receiver said no')
        RETURNING id
    """
    values = {"endpoint": endpoint_id, "event": f"evt_{uuid4().hex}", "status": status, "type": event_type}
    async with engine.begin() as connection:
        return int(await connection.scalar(text(query), values) or 0)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR, Role.MANAGER])
async def test_only_an_admin_has_these_pages(visitor: Visits, anna: Visitor, role: Role) -> None:
    endpoint_id, _ = await added(anna)
    person, one = visitor(role), f"{PATH}/{endpoint_id}"
    for path in (PATH, f"{PATH}/new", one, f"{one}/rotate", f"{one}/deliveries/1"):
        assert (await person.get(path)).status == 403, path
    for path in (f"{PATH}/new", f"{one}/test", f"{one}/rotate", f"{one}/disable", f"{one}/remove", f"{one}/replay"):
        assert (await person.post(path, {"key": uuid4().hex})).status == 403, path
    assert PATH not in (await person.get("/invoices")).links("nav.side a")


async def test_an_endpoint_is_added_once_and_its_secret_is_shown_once(anna: Visitor, admin: Caller) -> None:
    assert "No system is told of events" in (await anna.get(PATH)).text
    form = await anna.get(f"{PATH}/new")
    typed = {**form.fields(), "url": URL, "description": "the ERP", "event_types": ["invoice.paid", "invoice.approved"]}
    page = await anna.post(f"{PATH}/new", typed)
    secret = page.all("#secret")[0].attributes["value"] or ""
    assert secret.startswith("whsec_")
    again = await anna.post(f"{PATH}/new", typed)
    assert again.response.headers["Location"] == page.links("main a.primary")[0]
    [stored] = data_of(await admin.get("/webhook-endpoints"))
    assert (stored["url"], stored["description"]) == (URL, "the ERP")
    assert stored["event_types"] == ["invoice.approved", "invoice.paid"]
    shown = await anna.get(again.response.headers["Location"])
    assert secret not in shown.response.text
    assert [node.text() for node in shown.all("dl.facts span[title]")] == ["invoice.approved", "invoice.paid"]
    assert "the ERP invoice.approved, invoice.paid enabled" in (await anna.get(PATH)).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "http://erp.example.com/"}, "url"),
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"event_types": []}, "event_types"),
        ({"event_types": ["invoice.payed"]}, "event_types"),
    ],
)
async def test_what_is_wrong_stands_at_its_field(anna: Visitor, change: dict[str, Any], field: str) -> None:
    page = await anna.post(f"{PATH}/new", {"key": uuid4().hex, "url": URL, "event_types": ["invoice.paid"], **change})
    assert page.status == 400
    assert page.all(f"#f-{field}[aria-invalid]") != []
    assert page.all("#secret") == []
    if field == "url":
        checked = [node.attributes["value"] for node in page.all("input[name=event_types][checked]")]
        assert checked == ["invoice.paid"]


async def test_a_change_keeps_what_the_form_shows(anna: Visitor, admin: Caller) -> None:
    endpoint_id, _ = await added(anna, description="old")
    form = await anna.get(f"{PATH}/{endpoint_id}/change")
    typed = {**form.fields(), "description": "", "event_types": ["invoice.voided"]}
    answer = await anna.post(f"{PATH}/{endpoint_id}/change", typed)
    assert "The endpoint is changed." in (await anna.get(answer.response.headers["Location"])).text
    stored = data_of(await admin.get(f"/webhook-endpoints/{endpoint_id}"))
    assert (stored["description"], stored["event_types"], stored["url"]) == ("", ["invoice.voided"], typed["url"])
    wrong = await anna.post(f"{PATH}/{endpoint_id}/change", {**typed, "url": "https://localhost/"})
    assert wrong.status == 400
    assert wrong.all("#f-url[aria-invalid]") != []


async def test_a_repeated_rotation_is_refused(anna: Visitor, admin: Caller) -> None:
    endpoint_id, first = await added(anna)
    form = await anna.get(f"{PATH}/{endpoint_id}/rotate")
    assert form.fields()["overlap_hours"] == "24"
    page = await anna.post(f"{PATH}/{endpoint_id}/rotate", {**form.fields(), "overlap_hours": "72"})
    secrets = [each.all("#secret")[0].attributes["value"] for each in (first, page)]
    assert secrets[0] != secrets[1]
    # The clock of the desk says 1 March 2026, 11:00 in Tashkent.
    assert "4 Mar 2026, 11:00" in page.text
    again = await anna.post(f"{PATH}/{endpoint_id}/rotate", {**form.fields(), "overlap_hours": "0"})
    assert again.status == 409
    assert data_of(await admin.get(f"/webhook-endpoints/{endpoint_id}"))["old_secret_until"] == "2026-03-04T06:00:00Z"


async def test_an_endpoint_is_disabled_and_enabled(anna: Visitor, engine: AsyncEngine) -> None:
    endpoint_id, _ = await added(anna)
    one = f"{PATH}/{endpoint_id}"
    await failed(engine, endpoint_id)
    form = await anna.get(f"{one}/disable")
    page = await anna.get((await anna.post(f"{one}/disable", form.fields())).response.headers["Location"])
    assert "disabled" in page.texts("dl.facts dd")[0]
    assert page.all("form[action$='/replay']") == []
    refused = await anna.post(f"{one}/replay", {"key": "k", "since": "2026-01-01T00:00", "only_failed": "true"})
    assert refused.status == 409
    [enable] = page.all("form[action$='/enable']")
    again = await anna.get((await anna.post(str(enable.attributes["action"]), {})).response.headers["Location"])
    assert "enabled" in again.texts("dl.facts dd")[0]


async def test_a_test_event_is_requested_once_and_the_list_waits_for_it(anna: Visitor) -> None:
    endpoint_id, _ = await added(anna)
    page = await anna.get(f"{PATH}/{endpoint_id}")
    assert "Nothing has been sent yet" in page.text
    fields = page.fields("form[action$='/test']")
    for _ in range(2):
        answer = await anna.post(f"{PATH}/{endpoint_id}/test", fields)
    page = await anna.get(answer.response.headers["Location"])
    assert page.texts("tbody .at-name") == ["webhook_endpoint.test"]
    assert page.texts("tbody .at-state") == ["waiting"]
    assert page.all("#deliveries")[0].attributes["hx-trigger"] == "every 3s"


async def test_a_failed_delivery_says_why_and_is_sent_again(anna: Visitor, engine: AsyncEngine) -> None:
    endpoint_id, _ = await added(anna)
    one = f"{PATH}/{endpoint_id}"
    delivery = await failed(engine, endpoint_id)
    page = await anna.get(f"{one}?state=failed")
    assert "HTTP 500 the receiver said no" in " ".join(page.texts("tbody .at-mail"))
    assert "hx-trigger" not in page.all("#deliveries")[0].attributes
    assert "/invoices/invoice-9" in page.links("tbody a")
    shown = await anna.get(page.links("tbody .at-name a")[0])
    assert shown.texts("pre.body") == ['{"type":"invoice.paid"}']
    answer = await anna.post(f"{one}/deliveries/{delivery}/replay", {"key": "k"})
    assert "waiting" in (await anna.get(answer.response.headers["Location"])).text
    assert "Nothing matches" in (await anna.get(f"{one}?state=failed")).text
    assert (await anna.get(f"{one}?state=lost")).status == 400
    assert (await anna.get(f"{one}/deliveries/{delivery + 1_000_000}")).status == 404


async def test_a_delivery_of_a_quote_leads_to_the_quote(anna: Visitor, engine: AsyncEngine) -> None:
    endpoint_id, _ = await added(anna, event_types=["quote.accepted"])
    await failed(engine, endpoint_id, event_type="quote.accepted")
    page = await anna.get(f"{PATH}/{endpoint_id}")
    assert "/quotes/invoice-9" in page.links("tbody a")
    assert "/invoices/invoice-9" not in page.links("tbody a")
    shown = await anna.get(page.links("tbody .at-name a")[0])
    assert "/quotes/invoice-9" in shown.links("dl.facts a")


async def test_what_failed_since_a_time_is_sent_again(anna: Visitor) -> None:
    endpoint_id, _ = await added(anna)
    one = f"{PATH}/{endpoint_id}"
    form = await anna.get(f"{one}/replay")
    assert form.fields()["only_failed"] == "true"
    missing = await anna.post(f"{one}/replay", {**form.fields(), "since": ""})
    assert missing.status == 400
    assert missing.all("#f-since[aria-invalid]") != []
    answer = await anna.post(f"{one}/replay", {**form.fields(), "since": "2026-02-28T09:00"})
    assert "on their way again" in (await anna.get(answer.response.headers["Location"])).text


async def test_an_endpoint_is_removed(anna: Visitor) -> None:
    endpoint_id, _ = await added(anna)
    form = await anna.get(f"{PATH}/{endpoint_id}/remove")
    answer = await anna.post(f"{PATH}/{endpoint_id}/remove", form.fields())
    page = await anna.get(answer.response.headers["Location"])
    assert "The endpoint is removed." in page.text
    assert "No system is told of events" in page.text
    assert (await anna.get(f"{PATH}/{endpoint_id}")).status == 404
