"""Orders over HTTP: intake, lists, the way of an order to its uploaded docket, refusals."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.fixtures.orders import COMPLETED, PAPER, intake_fields
from tests.http.callers import NOW, Caller
from tests.http.partners.uploads import send_bytes, send_file


@pytest.fixture
def order_key() -> str:
    return f"ORD-{uuid4().hex[:12]}"


def pending(order_key: str, **changes: Any) -> dict[str, Any]:
    """Return an order of which only the appointment is known."""
    known = intake_fields(order_key, **changes)
    later = ("status", "docket", "completed_at", "installer", "splitter_id", "splitter_port", "materials")
    return {name: value for name, value in known.items() if name not in (*later, "materials_logged")}


def at(hours: int, minutes: int = 0) -> str:
    """Return a time on the day of the job, in hours before its completion."""
    return (COMPLETED - timedelta(hours=hours, minutes=minutes)).isoformat()


async def test_an_order_comes_in_by_version(editor: Caller, order_key: str) -> None:
    first = await editor.post("/orders", intake_fields(order_key))
    assert first.status_code == 201, first.text
    assert first.json()["data"]["order"]["revision"] == 1
    again = await editor.post("/orders", intake_fields(order_key))
    assert (again.status_code, again.json()["data"]["outcome"]) == (200, "repeated")
    other = await editor.post("/orders", intake_fields(order_key, unit_no="3-1"))
    assert other.status_code == 409
    later = await editor.post("/orders", intake_fields(order_key, unit_no="3-1", source_version=2))
    assert later.json()["data"]["outcome"] == "updated"
    older = await editor.post("/orders", intake_fields(order_key))
    assert older.json()["data"]["outcome"] == "ignored"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"order_key": "a/b"}, "order_key"),
        ({"order_type": "repair"}, "order_type"),
        ({"appointment_start": "2026-02-26T09:00:00"}, "appointment_start"),
        ({"materials": [{"code": "X", "description": "X", "quantity": 0}]}, "materials.0.quantity"),
        ({"status": "Paid"}, "body"),
        ({"docket": None}, "body"),
        ({"customer_nam": "x"}, "customer_nam"),
    ],
)
async def test_bad_orders_name_the_field(editor: Caller, order_key: str, changes: dict[str, Any], path: str) -> None:
    response = await editor.post("/orders", intake_fields(order_key) | changes)
    assert response.status_code == 400, response.text
    assert path in {each["path"] for each in response.json()["error"]["details"]}


async def test_a_viewer_sends_no_orders(viewer: Caller, order_key: str) -> None:
    assert (await viewer.post("/orders", intake_fields(order_key))).status_code == 403


async def test_a_batch_has_an_outcome_for_each_row(editor: Caller, order_key: str) -> None:
    rows = [intake_fields(order_key), {"order_key": order_key}, intake_fields(order_key), "no order"]
    response = await editor.post("/orders/batch", {"orders": rows})
    assert response.status_code == 200, response.text
    report = response.json()["data"]
    assert [row["outcome"] for row in report["rows"]] == ["created", None, "repeated", None]
    assert report["counts"] == {"created": 1, "invalid": 2, "repeated": 1}
    assert "service_id" in {error["path"] for error in report["rows"][1]["errors"]}
    too_many = await editor.post("/orders/batch", {"orders": [{}] * 1001})
    assert too_many.status_code == 400


def csv_of(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def csv_row(order_key: str, **changes: str) -> dict[str, str]:
    plain = {name: str(value) for name, value in intake_fields(order_key).items() if not isinstance(value, dict | list)}
    docket = {
        "docket_number": "D-1",
        "docket_received_at": at(-1),
        "docket_validated": "yes",
        "docket_uploaded_at": at(-2),
    }
    return {**plain, **docket, "materials": "ONU|ONU device|1|12.50|ONU-77; CBL|cable|20", **changes}


async def test_orders_as_csv(editor: Caller, order_key: str) -> None:
    other = f"{order_key}-2"
    good = csv_of(csv_row(order_key), csv_row(other, service_id="TBBN2"))
    dry = await send_bytes(editor, "/orders.csv", "text/csv", good)
    assert dry.status_code == 200, dry.text
    assert (dry.json()["data"]["applied"], dry.json()["data"]["counts"]) == (False, {"created": 2})
    assert (await editor.get(f"/orders/{order_key}")).status_code == 404
    bad = csv_of(csv_row(order_key), csv_row(other, splitter_port="x", docket_received_at="yesterday"))
    refused = await send_bytes(editor, "/orders.csv?dry_run=false", "text/csv", bad)
    assert refused.status_code == 400
    paths = {each["path"] for each in refused.json()["error"]["details"]}
    assert paths == {"row 3, splitter_port", "row 3, docket_received_at"}
    done = await send_file(editor, "/orders.csv?dry_run=false", "orders.csv", good)
    assert done.json()["data"]["applied"] is True
    order = (await editor.get(f"/orders/{order_key}")).json()["data"]
    assert order["order"]["materials_charge"] == "12.50"
    assert order["obstacles"] == []
    assert order["log"][0]["details"]["source"] == "csv"


async def test_a_list_is_read_to_its_end(editor: Caller, order_key: str) -> None:
    keys = [f"{order_key}-{number}" for number in range(5)]
    rows = [intake_fields(key, partner_key=order_key) for key in keys]
    await editor.post("/orders/batch", {"orders": rows})
    url, seen = f"/orders?partner_key={order_key}&per_page=2&status=DocketsUploaded&status=Invoiced", []
    cursor = ""
    while cursor is not None:
        page = (await editor.get(url + (f"&cursor={cursor}" if cursor else ""))).json()
        seen += [order["order_key"] for order in page["data"]]
        cursor = page["next_cursor"]
    assert seen == sorted(keys, reverse=True)
    first = (await editor.get(url)).json()["next_cursor"]
    for wrong in (f"/orders?cursor={first}", f"{url}&cursor=abc"):
        assert (await editor.get(wrong)).status_code == 400


async def test_the_way_of_an_order(
    editor: Caller, manager: Caller, admin: Caller, files: object, order_key: str
) -> None:
    """From Pending to DocketsUploaded, with a correction of the docket and a rejection by the partner."""
    await editor.post("/orders", pending(order_key, method="PRELAID"))
    steps: list[tuple[str, dict[str, Any], str]] = [
        ("transitions", {"to": "Assigned", "installer": "Ravi", "scheduled_start": at(3)}, "Assigned"),
        ("transitions", {"to": "OnTheWay", "portal_time": at(3)}, "OnTheWay"),
        ("blockers", {"action": "open", "reason": "no power", "at": at(2, 30)}, "OnTheWay"),
        ("transitions", {"to": "Blocker"}, "Blocker"),
        ("blockers", {"action": "close", "blocker_id": "B1", "at": at(2, 10)}, "Blocker"),
        ("transitions", {"to": "OnTheWay"}, "OnTheWay"),
        ("transitions", {"to": "MetCustomer", "portal_time": at(2)}, "MetCustomer"),
        ("transitions", {"to": "OrderCompleted", "portal_time": at(0)}, "OrderCompleted"),
        (
            "materials",
            {"materials": [{"code": "ONU", "description": "ONU", "quantity": "1", "serial": "ONU-77"}]},
            "OrderCompleted",
        ),
        ("docket", docket(paper=PAPER | {"serial": "ONU-78"}), "DocketsReceived"),
        ("docket/review", {"is_valid": False}, "DocketsRejected"),
        ("docket", docket(), "DocketsReceived"),
        ("docket/review", {"is_valid": True}, "DocketsVerified"),
    ]
    for path, body, expected in steps:
        response = await editor.post(f"/orders/{order_key}/{path}", body)
        assert response.status_code == 200, (path, response.text)
        assert response.json()["data"]["status"] == expected
    upload = {"uploaded_at": NOW.isoformat()}
    without_file = await editor.post(f"/orders/{order_key}/docket/mark-uploaded", upload)
    assert (without_file.status_code, without_file.json()["error"]["details"][0]["path"]) == (400, "files")
    attached = await send_file(editor, f"/orders/{order_key}/attachments", "d.pdf", b"%PDF-1.7\n1 0 obj")
    name = attached.json()["data"]["id"]
    unknown = await editor.post(f"/orders/{order_key}/docket/mark-uploaded", upload | {"files": ["x"]})
    assert unknown.status_code == 400
    done = await editor.post(f"/orders/{order_key}/docket/mark-uploaded", upload | {"files": [name]})
    assert done.json()["data"]["status"] == "DocketsUploaded"
    assert done.json()["data"]["docket_kpi"] == {"target_minutes": 30, "minutes": 20, "met": True}
    rejection = {"reason": "blurred photo", "remark": "see the screenshot", "evidence": name}
    rejected = await editor.post(f"/orders/{order_key}/docket/reject", rejection)
    assert rejected.json()["data"]["docket"]["state"] == "PartnerRejected"
    detail = (await editor.get(f"/orders/{order_key}")).json()["data"]
    assert {each["code"] for each in detail["obstacles"]} == {"wrong_status", "docket_not_validated"}
    assert [event["seq"] for event in detail["log"]] == list(range(1, len(detail["log"]) + 1))
    assert detail["log"][-1]["details"]["evidence"] == name
    override = {"to": "DocketsUploaded", "override": True, "reason": "agreed", "remark": "by phone", "evidence": name}
    assert (await manager.post(f"/orders/{order_key}/transitions", override)).status_code == 403
    overridden = await admin.post(f"/orders/{order_key}/transitions", override)
    assert overridden.json()["data"]["status"] == "DocketsUploaded"
    cancelled = await manager.post(f"/orders/{order_key}/transitions", {"to": "Cancelled", "reason": "by TIME"})
    assert cancelled.json()["data"]["next_statuses"] == []
    final = await admin.post(f"/orders/{order_key}/transitions", override)
    assert final.status_code == 409


def docket(**changes: Any) -> dict[str, Any]:
    return {
        "number": "D-1",
        "received_at": (COMPLETED + timedelta(minutes=20)).isoformat(),
        "paper": PAPER,
        "splitter_id": "SPL-9",
        "splitter_ports": 32,
        "splitter_port": 7,
        **changes,
    }


async def test_refusals_say_what_is_possible(editor: Caller, order_key: str) -> None:
    await editor.post("/orders", pending(order_key))
    url = f"/orders/{order_key}/transitions"
    skipped = await editor.post(url, {"to": "MetCustomer", "portal_time": at(1)})
    assert skipped.status_code == 409
    assert skipped.json()["error"]["details"]["allowed"] == ["Assigned", "ReschedulePendingApproval", "Cancelled"]
    stale = await editor.post(url, {"to": "Assigned", "revision": 7})
    assert stale.json()["error"]["details"]["current_revision"] == 1
    incomplete = await editor.post(url, {"to": "Assigned"})
    assert incomplete.json()["error"]["details"][0]["path"] == "installer"
    assert (await editor.post(url, {"to": "Cancelled", "reason": "by TIME"})).status_code == 403
    assert (await editor.post("/orders/none-such/transitions", {"to": "Assigned"})).status_code == 404
