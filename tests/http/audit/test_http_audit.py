"""The events across invoices and the check of all chains over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.projection import InvoiceProjection
from api.audit import verification
from api.audit.verification import Verifications
from api.errors import Invalid
from models.invoice.invoice import Invoice
from tests.http.accounting.paid_invoices import stored
from tests.http.callers import Caller, Rules, data_of, error_of

SECRET = "a secret for tests that is long enough"


@pytest.fixture
def records(registry_engine: AsyncEngine) -> InvoiceProjection:
    return InvoiceProjection(registry_engine)


@pytest.fixture
async def invoices(rules: Rules) -> dict[str, Invoice]:
    return await stored(rules, "AUDIT")


async def events(viewer: Caller, **query: Any) -> list[dict[str, Any]]:
    response = await viewer.get("/audit/events", params={"per_page": 100, **query})
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["data"]
    return found


async def test_every_event_of_every_invoice_is_there_once(
    registry_viewer: Caller, invoices: dict[str, Invoice]
) -> None:
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"per_page": 7}
    while True:
        found = (await registry_viewer.get("/audit/events", params=query)).json()
        seen += found["data"]
        if found["next_cursor"] is None:
            break
        query["cursor"] = found["next_cursor"]
    order = [(each["at"], each["invoice_id"], each["seq"]) for each in seen]
    assert order == sorted(order, reverse=True)
    assert {(each["invoice_id"], each["hash"]) for each in seen} == {
        (invoice.id, event.hash) for invoice in invoices.values() for event in invoice.journal
    }
    assert error_of(await registry_viewer.get("/audit/events", params={**query, "by": "lena"}), 400, "VALIDATION_ERROR")


async def test_an_event_names_its_invoice_and_what_changed(
    registry_viewer: Caller, invoices: dict[str, Invoice]
) -> None:
    [found] = await events(registry_viewer, action="reverse_payment")
    first = invoices["first"]
    assert (found["invoice_id"], found["company_name"]) == (first.id, "CUST-A LLC")
    assert found["display_number"] == first.display_number
    assert (found["by"], found["reason"], found["at"]) == ("marat", "booked twice", "2026-03-01T06:00:00Z")
    assert found["details"]["reference"] == "doc 4712"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"by": "marat"}, {("record_payment", "marat"), ("reverse_payment", "marat")}),
        ({"action": "record_payment"}, {("record_payment", "lena"), ("record_payment", "marat")}),
        ({"action": "record_payment", "by": "lena"}, {("record_payment", "lena")}),
        ({"by": "nobody"}, set()),
    ],
)
@pytest.mark.usefixtures("invoices")
async def test_filters_by_person_and_action(
    registry_viewer: Caller, query: dict[str, str], wanted: set[tuple[str, str]]
) -> None:
    assert {(each["action"], each["by"]) for each in await events(registry_viewer, **query)} == wanted


async def test_filters_by_invoice_and_day(registry_viewer: Caller, invoices: dict[str, Invoice]) -> None:
    """The draft and the payments are of 1 March, its delivery of 26 February, each at noon in Tashkent."""
    over = invoices["over"]
    assert {each["invoice_id"] for each in await events(registry_viewer, invoice=over.id)} == {over.id}
    by_number = await events(registry_viewer, invoice=over.display_number)
    assert {each["invoice_id"] for each in by_number} == {each.id for each in invoices.values()}  # all have one number
    of_march = await events(registry_viewer, day_from="2026-03-01", day_to="2026-03-01", invoice=over.id)
    assert {each["action"] for each in of_march} >= {"create", "record_payment"}
    before = await events(registry_viewer, day_to="2026-02-26", invoice=over.id)
    assert {each["action"] for each in before} >= {"approve", "deliver"}
    assert len(of_march) + len(before) == len(over.journal)
    assert await events(registry_viewer, day_from="2026-03-02") == []


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"day_from": "2026-03-02", "day_to": "2026-03-01"}, "day_to"),
        ({"action": "DROP TABLE"}, "action"),
        ({"cursor": "abc"}, "cursor"),
        ({"person": "lena"}, "person"),
    ],
)
async def test_what_is_wrong_is_named(registry_viewer: Caller, query: dict[str, str], path: str) -> None:
    error = error_of(await registry_viewer.get("/audit/events", params=query), 400, "VALIDATION_ERROR")
    assert [each["path"] for each in error["details"]] == [path]


async def test_all_chains_are_checked(registry_viewer: Caller, invoices: dict[str, Invoice]) -> None:
    found = data_of(await registry_viewer.get("/audit/verification"))
    assert (found["chains"], found["invoices"], found["broken"], found["first_breaks"]) == (4, 4, 0, [])
    assert found["events"] == sum(len(invoice.journal) for invoice in invoices.values())
    assert (found["next_cursor"], found["command"]) == (None, "aktum audit verify")


async def test_the_check_continues_where_it_was(registry_engine: AsyncEngine, invoices: dict[str, Invoice]) -> None:
    checks = Verifications(registry_engine, SECRET, chains=3)
    first = await checks.next(None)
    assert (first.chains, first.broken) == (3, 0)
    assert first.next_cursor is not None
    last = await checks.next(first.next_cursor)
    assert (last.chains, last.next_cursor) == (4, None)
    assert last.events == sum(len(invoice.journal) for invoice in invoices.values())
    with pytest.raises(Invalid):
        await Verifications(registry_engine, "another secret that is long enough").next(first.next_cursor)


async def test_a_login_token_is_no_cursor(registry_viewer: Caller) -> None:
    token = registry_viewer.headers["Authorization"].removeprefix("Bearer ")
    assert error_of(await registry_viewer.get("/audit/verification", params={"cursor": token}), 400, "VALIDATION_ERROR")


async def test_a_cursor_is_no_login_token(registry_viewer: Caller) -> None:
    cursor = verification.Progress(chains=1).cursor(SECRET)
    headers = {"Authorization": f"Bearer {cursor}"}
    assert (await registry_viewer.http.get("/api/v1/invoices", headers=headers)).status_code == 401


class TestBreaks:
    @pytest.fixture
    async def altered(self, registry_engine: AsyncEngine, invoices: dict[str, Invoice]) -> AsyncIterator[Invoice]:
        """An invoice of which somebody has changed an event in the database, past the trigger."""
        wrong = invoices["over"]
        change = "UPDATE invoice_events SET event = jsonb_set(event, '{by}', :by) WHERE invoice_id = :id AND seq = 2"
        async with registry_engine.begin() as connection:
            await connection.execute(text("ALTER TABLE invoice_events DISABLE TRIGGER USER"))
            await connection.execute(text(change), {"by": '"mallory"', "id": wrong.id})
        yield wrong
        async with registry_engine.begin() as connection:
            by = f'"{wrong.journal[1].by}"'
            await connection.execute(text(change), {"by": by, "id": wrong.id})
            await connection.execute(text("ALTER TABLE invoice_events ENABLE TRIGGER USER"))

    async def test_the_first_break_is_named(self, registry_viewer: Caller, altered: Invoice) -> None:
        found = data_of(await registry_viewer.get("/audit/verification"))
        assert (found["chains"], found["broken"]) == (4, 1)
        [broken] = found["first_breaks"]
        assert (broken["invoice_id"], broken["name"]) == (altered.id, altered.display_number)
        assert broken["reason"].startswith("event 2 ")
