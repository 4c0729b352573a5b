"""The pages of the audit trail: events that lead to their invoices, changes of settings, the check of the chains."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.audit import deps
from api.audit.verification import Verifications
from models.access.roles import Role
from models.invoice.invoice import Invoice
from tests.http.accounting.paid_invoices import stored
from tests.http.callers import Rules
from tests.http.pages.desk_visits import Visitor

Visits = Callable[[Role], Visitor]


@pytest.fixture
async def invoices(rules: Rules) -> dict[str, Invoice]:
    return await stored(rules, "TRAIL")


@pytest.fixture
async def changed_settings(registry_engine: AsyncEngine) -> None:
    """A change of a class by marat, and a change of a user by anna."""
    rows = [
        {"by": "marat", "area": "classifications", "key": "LABEL", "after": '{"classification": "internal"}'},
        {"by": "anna", "area": "users", "key": "lena", "after": '{"role": "editor", "active": true}'},
    ]
    statement = 'INSERT INTO settings_history ("by", area, key, after) VALUES (:by, :area, :key, CAST(:after AS jsonb))'
    async with registry_engine.begin() as connection:
        await connection.execute(text("ALTER TABLE settings_history DISABLE TRIGGER USER"))
        await connection.execute(text("DELETE FROM settings_history"))
        await connection.execute(text("ALTER TABLE settings_history ENABLE TRIGGER USER"))
        await connection.execute(text(statement), rows)


async def test_without_events_the_page_says_what_will_stand_there(visitor: Visits) -> None:
    """The first test of the module: nothing has been stored yet."""
    vera = visitor(Role.VIEWER)
    assert "Nothing has happened yet" in (await vera.get("/audit")).text
    assert "No setting has been changed yet" in (await vera.get("/audit/settings")).text
    assert "There are no invoices yet" in (await vera.get("/audit/verify?begin=1")).text


async def test_an_event_leads_to_its_invoice_and_to_events_like_it(
    visitor: Visits, invoices: dict[str, Invoice]
) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get("/audit?by=marat")
    assert page.texts("tbody .at-action a") == ["Payment taken back", "Payment recorded"]
    assert "booked twice" in page.texts("tbody .at-why")[0]
    first = invoices["first"]
    assert page.links("tbody .at-number a")[0] == f"/invoices/{first.id}?done={first.revision}#timeline"
    like_it = await vera.get(page.links("tbody .at-action a")[1])
    assert like_it.texts(".chips a.chip") == ["Person: marat", "Action: Payment recorded"]
    assert len(like_it.all("tbody .at-number")) == 1


async def test_the_pages_of_events_follow_one_another(visitor: Visits, invoices: dict[str, Invoice]) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get("/audit")
    seen = page.links("tbody .at-number a")
    while following := page.links(".pager a[rel=next]"):
        page = await vera.get(following[0])
        seen += page.links("tbody .at-number a")
    assert len(seen) == len(set(seen)) == sum(len(invoice.journal) for invoice in invoices.values())


@pytest.mark.usefixtures("invoices")
async def test_an_action_without_words_of_its_own_can_be_asked_for(visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get("/audit?action=email_done")
    assert page.texts("tbody .at-action a") == ["E-mail: done"] * 4
    assert page.fields("form.filters")["action"] == "email_done"


@pytest.mark.parametrize("query", ["day_to=soon", "day_from=2026-03-02&day_to=2026-03-01", "cursor=x", "action=A B"])
async def test_a_filter_that_cannot_be_read_says_so(visitor: Visits, query: str) -> None:
    page = await visitor(Role.VIEWER).get(f"/audit?{query}")
    assert page.status == 400
    assert page.texts("[role=alert] a") != []
    assert page.all("main table") == []


@pytest.mark.usefixtures("changed_settings")
async def test_a_viewer_sees_no_changes_of_users(visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get("/audit/settings")
    assert page.texts("tbody .at-key a") == ["LABEL"]
    options = [node.attributes["value"] for node in page.all("#f-area option")]
    assert "users" not in options
    assert "classifications" in options
    refused = await visitor(Role.VIEWER).get("/audit/settings?area=users")
    assert refused.status == 403
    assert refused.all("main table") == []


@pytest.mark.usefixtures("changed_settings")
async def test_an_admin_follows_a_person_and_a_key(visitor: Visits) -> None:
    anna = visitor(Role.ADMIN)
    page = await anna.get("/audit/settings")
    assert page.texts("tbody .at-key a") == ["lena", "LABEL"]
    assert "role editor" in page.texts("tbody .at-why")[0]
    of_key = await anna.get(page.links("tbody .at-key a")[1])
    assert of_key.texts("tbody .at-by") == ["marat"]
    assert [text.split(":")[0] for text in of_key.texts(".chips a.chip")] == ["Area", "Key"]
    assert "Nothing matches" in (await anna.get("/audit/settings?by=nobody")).text


async def test_the_check_goes_on_by_itself_and_without_scripts(
    visitor: Visits, desk_app: FastAPI, registry_engine: AsyncEngine, invoices: dict[str, Invoice]
) -> None:
    secret = desk_app.state.app_state.settings.auth.jwt_secret.get_secret_value()
    desk_app.dependency_overrides[deps.verifications] = lambda: Verifications(registry_engine, secret, chains=3)
    try:
        vera = visitor(Role.VIEWER)
        page = await vera.get((await vera.get("/audit/verify")).links("#check a.primary")[0])
        assert "3 of 4 invoices are checked." in page.text
        following = page.links("#check [role=status] a")[0]
        node = page.all("#check")[0]
        assert (node.attributes["hx-get"], node.attributes["hx-trigger"]) == (following, "load delay:200ms")
        last = await vera.get(following)
    finally:
        del desk_app.dependency_overrides[deps.verifications]
    assert "All chains are intact." in last.text
    assert "hx-get" not in last.all("#check")[0].attributes
    events = sum(len(invoice.journal) for invoice in invoices.values())
    assert last.texts("#check dd") == ["4", str(events), "0"]
    assert "aktum audit verify" in last.text


async def test_a_broken_chain_is_named_with_its_place(
    visitor: Visits, registry_engine: AsyncEngine, invoices: dict[str, Invoice]
) -> None:
    wrong = invoices["unpaid"]
    async with registry_engine.begin() as connection:
        await connection.execute(text("ALTER TABLE invoice_events DISABLE TRIGGER USER"))
        await connection.execute(
            text("DELETE FROM invoice_events WHERE invoice_id = :id AND seq = 3"), {"id": wrong.id}
        )
        await connection.execute(text("ALTER TABLE invoice_events ENABLE TRIGGER USER"))
    page = await visitor(Role.VIEWER).get("/audit/verify?begin=1")
    assert "1 chain is broken." in page.text
    assert page.links("#check tbody a") == [f"/invoices/{wrong.id}#timeline"]
    assert "event 3" in page.texts("#check tbody td")[1]
