"""Lists of orders: views with counts, ready orders first, search, and requests that are repeated."""

from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.orders import COMPLETED, intake_fields
from tests.http.callers import Caller, data_of, error_of


@pytest.fixture
def partner_key() -> str:
    return f"P{uuid4().hex[:12].upper()}"


async def received(editor: Caller, partner_key: str, *rows: dict[str, Any]) -> list[str]:
    """Store finished orders of the partner with these changes; return their keys."""
    orders = [intake_fields(f"{partner_key}-{n}", partner_key=partner_key) | row for n, row in enumerate(rows, 1)]
    report = data_of(await editor.post("/orders/batch", {"orders": orders}))
    assert report["counts"] == {"created": len(orders)}
    return [order["order_key"] for order in orders]


IN_THE_FIELD = {"status": "Assigned", "docket": None, "completed_at": None, "scheduled_start": COMPLETED.isoformat()}
NO_DOCKET = {"status": "OrderCompleted", "docket": None}


async def test_views_count_exactly_the_orders_of_their_filters(editor: Caller, partner_key: str) -> None:
    keys = await received(editor, partner_key, {}, {"status": "ReadyForInvoice"}, NO_DOCKET, IN_THE_FIELD)
    blocker = {"action": "open", "reason": "no power", "at": COMPLETED.isoformat()}
    assert (await editor.post(f"/orders/{keys[3]}/blockers", blocker)).status_code == 200
    views = data_of(await editor.get(f"/orders/views?partner_key={partner_key}"))
    assert {each["view"]: each["orders"] for each in views} == {
        "all": 4,
        "to_invoice": 2,
        "in_the_field": 1,
        "dockets": 1,
        "to_correct": 0,
        "blocked": 1,
        "invoiced": 0,
        "completed": 0,
    }
    for each in views:
        listed = (await editor.get("/orders", params={**each["filters"], "per_page": 100})).json()["data"]
        assert len(listed) == each["orders"], each["view"]


async def test_what_can_be_invoiced_comes_first_and_every_page_is_read(editor: Caller, partner_key: str) -> None:
    rows: tuple[dict[str, Any], ...] = (
        IN_THE_FIELD,
        {"status": "ReadyForInvoice"},
        NO_DOCKET,
        {},
        {"status": "ReadyForInvoice"},
    )
    keys = await received(editor, partner_key, *rows)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"partner_key": partner_key, "sort": "ready_first", "per_page": 2} | (
            {"cursor": cursor} if cursor else {}
        )
        page = (await editor.get("/orders", params=params)).json()
        seen += [order["order_key"] for order in page["data"]]
        cursor = page["next_cursor"]
    assert seen == [keys[4], keys[1], keys[3], keys[2], keys[0]]


async def test_each_order_leads_to_the_ones_beside_it(editor: Caller, partner_key: str) -> None:
    """Ready, uploaded, then the rest; within each the newest first. The dates of creation are those of the batch."""
    ready, rest, uploaded = await received(editor, partner_key, {"status": "ReadyForInvoice"}, NO_DOCKET, {})
    query = f"partner_key={partner_key}&sort=ready_first"
    listed = [ready, uploaded, rest]
    for n, key in enumerate(listed):
        found = data_of(await editor.get(f"/orders/{key}/neighbours?{query}"))
        assert (found["previous"], found["next"]) == ((None, *listed)[n], (*listed, None)[n + 1]), n
    error_of(await editor.get("/orders/none/neighbours"), 404, "NOT_FOUND")
    error_of(await editor.get(f"/orders/{ready}/neighbours?cursor=x"), 400, "VALIDATION_ERROR")


async def test_an_order_is_found_by_its_id_and_by_its_service_id(editor: Caller, partner_key: str) -> None:
    [one, two] = await received(editor, partner_key, {"service_id": f"S-{partner_key}"}, {})
    for text, expected in ((two, two), (f"S-{partner_key}", one)):
        found = (await editor.get("/orders", params={"q": text})).json()["data"]
        assert [order["order_key"] for order in found] == [expected]


async def test_a_command_is_executed_once_for_a_key(editor: Caller, partner_key: str) -> None:
    [order_key] = await received(editor, partner_key, {})
    path, key = f"/orders/{order_key}/blockers", {"Idempotency-Key": f"key-{partner_key}"}
    body = {"action": "open", "reason": "no power", "at": COMPLETED.isoformat(), "revision": 1}
    for _ in range(2):
        order = data_of(await editor.post(path, body, headers=key))
        assert (len(order["blockers"]), order["revision"]) == (1, 2)
    other = await editor.post(path, body | {"reason": "no key"}, headers=key)
    error_of(other, 409, "CONFLICT")
    without_key = await editor.post(path, body)
    assert error_of(without_key, 409, "CONFLICT")["details"]["current_revision"] == 2
