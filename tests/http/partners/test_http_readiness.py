"""Which orders can be invoiced, and what their invoice would say, over HTTP. Nothing is changed by these requests."""

from uuid import uuid4

import pytest

from tests.fixtures.orders import intake_fields
from tests.http.callers import Caller, data_of, error_of


@pytest.fixture
async def partner(manager: Caller, admin: Caller) -> str:
    """A partner of its own with a rate of 75 for an activation, and 145 for a prelaid one."""
    key = f"P{uuid4().hex[:12].upper()}"
    series = {"key": f"S-{key}", "pattern": f"{key}-{{year}}-{{seq:05d}}", "last_number": 0}
    data_of(await admin.put("/settings/issuer", {"party": {"name": "Cephas Sdn Bhd"}}, headers={"If-Match": "*"}))
    data_of(await admin.post("/settings/number-series", series), 201)
    settings = {"name": "TIME dotCom", "series": f"S-{key}", "order_types": ["activation"]}
    data_of(await manager.put(f"/settings/partners/{key}", settings))
    rate = {"partner": key, "order_type": "activation", "category": "FTTH", "valid_from": "2026-01-01"}
    data_of(await manager.post("/settings/rate-cards", rate | {"amount": "75"}), 201)
    data_of(await manager.post("/settings/rate-cards", rate | {"amount": "145", "method": "PRELAID"}), 201)
    return key


async def received(editor: Caller, partner: str, number: int, **changes: object) -> str:
    order_key = f"{partner}-{number}"
    answer = await editor.post("/orders", intake_fields(order_key, partner_key=partner, **changes))
    assert answer.status_code == 201, answer.text
    return order_key


async def test_each_order_has_its_amounts_or_every_reason(editor: Caller, viewer: Caller, partner: str) -> None:
    kept = await received(editor, partner, 1, category="FTTO", materials_logged=False)
    plain = await received(editor, partner, 2, method=None)
    ready = await received(editor, partner, 3, status="ReadyForInvoice")
    answer = (await viewer.get(f"/orders/readiness?partner_key={partner}")).json()
    rows = {row["order_key"]: row for row in answer["data"]}
    assert list(rows) == [ready, plain, kept]
    assert (rows[ready]["is_ready"], rows[ready]["amounts"]["total"]) == (True, "145.00")
    assert rows[plain]["rate_id"] == f"{partner}.activation.FTTH.any.MYR.2026-01-01"
    assert {each["code"] for each in rows[kept]["obstacles"]} == {"materials_not_logged", "rate_no_row"}
    first = (await viewer.get(f"/orders/readiness?partner_key={partner}&per_page=2")).json()
    rest = await viewer.get(f"/orders/readiness?partner_key={partner}&per_page=2&cursor={first['next_cursor']}")
    assert [row["order_key"] for row in rest.json()["data"]] == [kept]
    assert rest.json()["next_cursor"] is None


async def test_a_preview_has_the_sum_of_the_ready_orders(editor: Caller, viewer: Caller, partner: str) -> None:
    """75.00 + 145.00; the third order has no splitter port."""
    keys = [
        await received(editor, partner, 1, method=None),
        await received(editor, partner, 2),
        await received(editor, partner, 3, splitter_port=None),
    ]
    body = {"partner_key": partner, "order_keys": keys}
    found = data_of(await editor.post("/invoices/from-orders/preview", body))
    assert (found["total_amount"], found["currency"], found["is_possible"]) == ("220.00", "MYR", False)
    assert [line["order"]["order_key"] for line in found["line_items"]] == keys[:2]
    assert [row["is_ready"] for row in found["orders"]] == [True, True, False]
    assert data_of(await editor.get(f"/orders/{keys[0]}"))["order"]["status"] == "DocketsUploaded"
    twice = await editor.post("/invoices/from-orders/preview", body | {"order_keys": [keys[0]] * 2})
    assert error_of(twice, 400, "VALIDATION_ERROR")["details"][0]["path"] == "order_keys"
    error_of(await viewer.post("/invoices/from-orders/preview", body), 403, "FORBIDDEN")
    nobody = await editor.post("/invoices/from-orders/preview", body | {"partner_key": "NOBODY"})
    error_of(nobody, 404, "NOT_FOUND")
