"""Payables over HTTP: the list, its filters and pages, ageing, the lines, and the commands with their roles."""

from typing import Any

import pytest

from models.audit.hash_chain import Event, first_break
from tests.http.bills.importing import Importer, invoice
from tests.http.callers import Caller

# The API's clock says 1 March 2026.
TODAY = "2026-03-01"


async def made(service: Importer, external_id: str = "u-1", **more: Any) -> str:
    answer = await service.send(invoice(external_id, **more))
    return str(answer.json()["invoice_id"])


async def test_one_payable_with_its_amounts_and_its_log(service: Importer, viewer: Caller, tenant: str) -> None:
    payable = await made(service)
    found = (await viewer.get(f"/payables/{payable}")).json()["data"]
    shown = found["payable"]
    assert {name: shown[name] for name in ("gross", "net", "tax", "currency", "vendor", "due_date", "tenant_id")} == {
        "gross": "86.92",
        "net": "79.02",
        "tax": "7.90",
        "currency": "USD",
        "vendor": "DigitalOcean",
        "due_date": "2026-05-31",
        "tenant_id": tenant,
    }
    assert (shown["status"], shown["locked"], shown["allowed"], shown["revision"]) == (
        "received",
        False,
        ["approve", "lock"],
        1,
    )
    events = [Event.model_validate(event) for event in found["log"]]
    assert [event.action for event in events] == ["import"]
    assert first_break(events) is None


async def test_a_currency_without_decimals(service: Importer, viewer: Caller) -> None:
    payable = await made(service, net=7902, tax=0, currency="JPY")
    assert (await viewer.get(f"/payables/{payable}")).json()["data"]["payable"]["gross"] == "7902.00"


async def test_the_way_to_the_payment(service: Importer, viewer: Caller, editor: Caller, manager: Caller) -> None:
    payable = await made(service)
    steps: list[tuple[Caller, str, dict[str, Any], str]] = [
        (editor, "approve", {"revision": 1}, "approved"),
        (editor, "schedule", {"pay_on": "2026-03-05"}, "scheduled"),
        (manager, "lock", {"reason": "payment run"}, "scheduled"),
        (manager, "mark-paid", {"paid_on": TODAY, "reference": "TT-77"}, "paid"),
        (manager, "unlock", {"reason": "run is over"}, "paid"),
    ]
    for caller, command, body, status in steps:
        answer = await caller.post(f"/payables/{payable}/{command}", body)
        assert (answer.status_code, answer.json()["data"]["status"]) == (200, status), command
    found = (await viewer.get(f"/payables/{payable}")).json()["data"]
    assert [found["payable"][name] for name in ("approved_by", "scheduled_for", "paid_on", "payment_reference")] == [
        "lena",
        "2026-03-05",
        TODAY,
        "TT-77",
    ]
    events = [Event.model_validate(event) for event in found["log"]]
    assert [(event.action, event.by) for event in events[1:]] == [
        ("approve", "lena"),
        ("schedule", "lena"),
        ("lock", "marat"),
        ("mark_paid", "marat"),
        ("unlock", "marat"),
    ]
    assert first_break(events) is None


@pytest.mark.parametrize(
    ("command", "body", "least"),
    [
        ("approve", {}, "editor"),
        ("schedule", {"pay_on": TODAY}, "editor"),
        ("mark-paid", {"paid_on": TODAY, "reference": "TT-1"}, "manager"),
        ("lock", {"reason": "in dispute"}, "manager"),
        ("unlock", {"reason": "settled"}, "manager"),
    ],
)
async def test_who_may_do_what(
    service: Importer, viewer: Caller, editor: Caller, command: str, body: dict[str, Any], least: str
) -> None:
    payable = await made(service)
    assert (await viewer.post(f"/payables/{payable}/{command}", body)).status_code == 403
    assert ((await editor.post(f"/payables/{payable}/{command}", body)).status_code == 403) is (least == "manager")
    log = (await viewer.get(f"/payables/{payable}")).json()["data"]["log"]
    assert len(log) == (2 if command == "approve" else 1)


async def test_a_command_out_of_turn_names_those_that_are_possible(service: Importer, manager: Caller) -> None:
    payable = await made(service)
    answer = await manager.post(f"/payables/{payable}/mark-paid", {"paid_on": TODAY, "reference": "TT-1"})
    assert (answer.status_code, answer.json()["error"]["details"]) == (
        409,
        {"reason": "PayableRefused", "allowed": ["approve", "lock"]},
    )


async def test_a_command_on_an_older_revision(service: Importer, editor: Caller) -> None:
    payable = await made(service)
    await editor.post(f"/payables/{payable}/approve", {})
    answer = await editor.post(f"/payables/{payable}/schedule", {"pay_on": TODAY, "revision": 1})
    assert answer.status_code == 409
    details = answer.json()["error"]["details"]
    assert (details["reason"], details["expected_revision"], details["current_revision"]) == ("StalePayable", 1, 2)


@pytest.mark.parametrize(
    ("command", "body", "path"),
    [
        ("schedule", {"pay_on": "2026-02-28"}, "pay_on"),
        ("schedule", {}, "pay_on"),
        ("mark-paid", {"paid_on": "2026-03-02", "reference": "TT-1"}, "paid_on"),
        ("mark-paid", {"paid_on": TODAY}, "reference"),
        ("lock", {"reason": ""}, "reason"),
        ("approve", {"by": "anna"}, "by"),
    ],
)
async def test_a_wrong_field_is_named(
    service: Importer, admin: Caller, command: str, body: dict[str, Any], path: str
) -> None:
    payable = await made(service)
    await admin.post(f"/payables/{payable}/approve", {})
    answer = await admin.post(f"/payables/{payable}/{command}", body)
    assert (answer.status_code, answer.json()["error"]["details"][0]["path"]) == (400, path)


@pytest.mark.parametrize("path", ["", "/lines", "/approve"])
async def test_an_unknown_payable(editor: Caller, path: str) -> None:
    url = f"/payables/no-such-payable{path}"
    answer = await (editor.post(url, {}) if path == "/approve" else editor.get(url))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_pages_have_no_gap_and_come_in_the_order_of_due_dates(
    service: Importer, viewer: Caller, tenant: str
) -> None:
    issued = ["2026-05-03", "2026-05-01", "2026-05-02", "2026-05-01", "2026-05-04"]
    for number, day in enumerate(issued):
        await made(service, f"u-{number}", issued_at=f"{day}T00:00:00Z")
    url, found, cursor = f"/payables?tenant_id={tenant}&per_page=2", [], ""
    while cursor is not None:
        page = (await viewer.get(url + (f"&cursor={cursor}" if cursor else ""))).json()
        assert len(page["data"]) <= 2
        found += [(each["due_date"], each["id"]) for each in page["data"]]
        cursor = page["next_cursor"]
    assert found == sorted(found)
    assert [day for day, _ in found] == ["2026-05-31", "2026-05-31", "2026-06-01", "2026-06-02", "2026-06-03"]
    first = (await viewer.get(url)).json()["next_cursor"]
    for wrong in (f"/payables?cursor={first}", f"{url}&cursor=abc"):
        answer = await viewer.get(wrong)
        assert (answer.status_code, answer.json()["error"]["details"][0]["path"]) == (400, "cursor")


async def test_filters(service: Importer, editor: Caller, manager: Caller, tenant: str) -> None:
    late = await made(service, "late", issued_at="2026-01-01T00:00:00Z")  # due on 31 January
    locked = await made(service, "locked")
    other = await made(service, "other", source="aws", vendor={"name": "AWS"}, currency="EUR")
    await manager.post(f"/payables/{locked}/lock", {"reason": "in dispute"})
    await editor.post(f"/payables/{other}/approve", {})
    vendor = (await editor.get(f"/payables/{other}")).json()["data"]["payable"]["vendor_id"]
    expected = {
        "overdue=true": {late},
        "overdue=false": {locked, other},
        "is_locked=true": {locked},
        "is_locked=false": {late, other},
        "source=aws": {other},
        "external_id=late": {late},
        "currency=EUR": {other},
        "status=approved": {other},
        "status=received&status=approved": {late, locked, other},
        "status=paid": set(),
        f"vendor_id={vendor}": {other},
        "due_to=2026-01-31": {late},
        "due_from=2026-02-01": {locked, other},
    }
    for query, wanted in expected.items():
        page = (await editor.get(f"/payables?tenant_id={tenant}&{query}")).json()
        assert {each["id"] for each in page["data"]} == wanted, query
    assert (await editor.get("/payables?status=gone")).status_code == 400


async def test_ageing_by_currency_and_due_date(
    service: Importer, editor: Caller, manager: Caller, viewer: Caller, tenant: str
) -> None:
    """On 1 March 2026, with 30 days to pay: issued 1 January is due 31 January, 29 days late; issued 2 December is due
    1 January, 59 days late; issued 30 January is due today, which is not late."""
    for external_id, day in (("a", "2026-01-01"), ("b", "2025-12-02"), ("c", "2026-01-30"), ("d", "2026-01-02")):
        await made(service, external_id, issued_at=f"{day}T00:00:00Z")
    await made(service, "e", issued_at="2025-01-01T00:00:00Z", currency="EUR", net=-500, tax=0)
    paid = await made(service, "f", issued_at="2025-01-01T00:00:00Z")
    await editor.post(f"/payables/{paid}/approve", {})
    await manager.post(f"/payables/{paid}/mark-paid", {"paid_on": TODAY, "reference": "TT-1"})
    found = (await viewer.get(f"/payables/ageing?tenant_id={tenant}")).json()["data"]
    assert found["as_of"] == TODAY
    euro, dollar = found["currencies"]
    assert (dollar["currency"], dollar["payables"], dollar["amount"]) == ("USD", 4, "347.68")  # 4 x 86.92
    assert {each["age"]: (each["payables"], each["amount"]) for each in dollar["buckets"]} == {
        "0": (1, "86.92"),
        "1-30": (2, "173.84"),
        "31-60": (1, "86.92"),
        "61-90": (0, "0.00"),
        "90+": (0, "0.00"),
    }
    assert (euro["currency"], euro["amount"], euro["buckets"][4]) == (
        "EUR",
        "-5.00",
        {"age": "90+", "payables": 1, "amount": "-5.00"},
    )


async def test_the_lines_in_pages(service: Importer, viewer: Caller) -> None:
    lines = [
        {"line_key": f"l-{number}", "charge_category": "Usage", "amount": "0.01", "amount_minor": 1}
        for number in range(5)
    ]
    payable = await made(service, net=5, tax=0, lines=lines)
    first = (await viewer.get(f"/payables/{payable}/lines?per_page=3")).json()
    assert ([line["line_key"] for line in first["data"]], first["next_after"]) == (["l-0", "l-1", "l-2"], 3)
    assert (first["data"][0]["amount"], first["data"][0]["amount_minor"]) == ("0.01", 1)
    rest = (await viewer.get(f"/payables/{payable}/lines?per_page=3&after=3")).json()
    assert ([line["position"] for line in rest["data"]], rest["next_after"]) == ([4, 5], None)


async def test_a_login_is_needed(viewer: Caller) -> None:
    for url in ("/payables", "/payables/ageing", "/payables/x", "/payables/x/lines"):
        assert (await viewer.http.get(f"/api/v1{url}")).status_code == 401
