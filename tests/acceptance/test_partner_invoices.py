"""Partner invoices on a whole stack: the stories of the user's document, from the finished job to paid or rejected."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from local.demo.api_client import ApiClient, is_done
from local.stack.stack import Stack
from tests.acceptance.conftest import kill_worker
from tests.fixtures.orders import COMPLETED, intake_fields

pytestmark = pytest.mark.timeout(900)

# A PNG by its first bytes.
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(40)
KUALA_LUMPUR = ZoneInfo("Asia/Kuala_Lumpur")
AT_ONCE = 50


def key() -> str:
    return f"ORD-{uuid4().hex[:10]}"


async def received(editor: ApiClient, partner: str = "UMOBILE", **changes: Any) -> str:
    """Store a finished activation; UMOBILE has no rate of its own, so the default of RM 75 applies. Return its key."""
    fields = intake_fields(key(), **{"partner_key": partner, "method": None, **changes})
    answer = await editor.http.post("/orders", json=fields)
    assert answer.status_code == 201, answer.text
    return str(fields["order_key"])


async def ready(editor: ApiClient, order_key: str) -> dict[str, Any]:
    answer = await editor.http.post(f"/orders/{order_key}/ready")
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json()["data"])


async def status_of(editor: ApiClient, order_key: str) -> str:
    return str((await editor.http.get(f"/orders/{order_key}")).json()["data"]["order"]["status"])


async def attached(editor: ApiClient, invoice_id: str) -> str:
    """Attach a picture to the invoice; return the id of the attachment."""
    files = {"file": ("proof.png", PNG, "image/png")}
    answer = await editor.http.post(f"/invoices/{invoice_id}/attachments", files=files)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


async def uploaded(editor: ApiClient, manager: ApiClient, draft: dict[str, Any]) -> dict[str, Any]:
    """Finalise, approve and upload a draft."""
    shown = await editor.command(draft["id"], "finalize")
    await manager.command(draft["id"], "approve", digest=shown["digest"])
    return await editor.command(draft["id"], "mark_uploaded", uploaded_at=datetime.now(UTC).isoformat())


async def pay(editor: ApiClient, invoice: dict[str, Any], amount: str) -> dict[str, Any]:
    slip = await attached(editor, invoice["id"])
    paid_on = str(datetime.now(KUALA_LUMPUR).date())
    payment = {"payment_id": f"MBB-{amount}", "paid_on": paid_on, "amount": amount, "reference": "Maybank"}
    return await editor.command(invoice["id"], "record_payment", bank_slip=slip, **payment)


async def test_a_job_becomes_billable_is_uploaded_and_paid(stack: Stack, editor: ApiClient, manager: ApiClient) -> None:
    """Stories 3.1 to 3.4: RM 75 for one activation."""
    order_key = await received(editor)
    draft = (await ready(editor, order_key))["invoice"]
    assert (draft["status"], draft["milestone"], draft["total_amount"]) == ("draft", "Draft", "75.00")
    assert await status_of(editor, order_key) == "ReadyForInvoice"
    shown = await editor.command(draft["id"], "finalize")
    assert shown["milestone"] == "Generated"
    assert shown["display_number"].startswith("UMOBILE-")
    assert shown["due_date"] is None  # the payment days start with the upload
    assert (await editor.pdf(draft["id"])).startswith(b"%PDF")
    await manager.command(draft["id"], "approve", digest=shown["digest"])
    moment = datetime.now(UTC)
    waiting = await editor.command(draft["id"], "mark_uploaded", uploaded_at=moment.isoformat())
    due = moment.astimezone(KUALA_LUMPUR).date() + timedelta(days=45)
    assert (waiting["milestone"], waiting["due_date"]) == ("AwaitingPayment", str(due))
    without_slip = await editor.http.post(
        f"/invoices/{draft['id']}/record_payment",
        json={"payment_id": "1", "paid_on": str(due), "amount": "75", "reference": "x", "bank_slip": "invoice.1.2"},
    )
    assert (without_slip.status_code, without_slip.json()["error"]["details"][0]["path"]) == (400, "bank_slip")
    part = await pay(editor, waiting, "70.00")
    assert (part["status"], part["balance"]) == ("awaiting_payment", "5.00")
    await pay(editor, waiting, "5.00")
    closed = await editor.until(draft["id"], lambda found: found["status"] == "closed", "the end")
    assert await status_of(editor, order_key) == "Completed"
    revenue = next(each for each in closed["effects"] if each["name"] == "revenue")
    assert revenue["receipt"]["amount"] == "75.00"


async def test_a_rejected_invoice_gives_its_order_back_and_is_replaced(editor: ApiClient, manager: ApiClient) -> None:
    """Story 3.5."""
    order_key = await received(editor)
    invoice = await uploaded(editor, manager, (await ready(editor, order_key))["invoice"])
    screenshot = await attached(editor, invoice["id"])
    body = {"reason": "Wrong serial number", "code": "wrong_splitter_or_serial", "remarks": "Please resubmit"}
    rejected = await manager.command(invoice["id"], "reject", attachment=screenshot, **body)
    assert (rejected["milestone"], rejected["display_number"]) == ("Rejected", invoice["display_number"])
    await editor.until(invoice["id"], lambda found: is_done(found, "orders_returned"), "the order")
    assert await status_of(editor, order_key) == "ReadyForInvoice"
    again = (await ready(editor, order_key))["invoice"]
    assert again["id"] != invoice["id"]
    assert again["partner"]["replaces"] == invoice["id"]
    assert (await editor.invoice(invoice["id"]))["partner"]["replaced_by"] == again["id"]
    compared = (await editor.http.get(f"/invoices/{again['id']}/replaced")).json()["data"]
    assert (compared["rejection"]["code"], compared["total_before"]) == ("wrong_splitter_or_serial", "75.00")
    assert [each["kind"] for each in compared["lines"]] == ["same"]
    shown = await editor.command(again["id"], "finalize")
    assert shown["display_number"] != invoice["display_number"]


async def test_an_order_that_is_not_ready_lists_every_reason_and_can_be_tried_again(editor: ApiClient) -> None:
    order_key = await received(editor, materials_logged=False, splitter_port=None, category=None)
    refused = await editor.http.post(f"/orders/{order_key}/ready")
    assert refused.status_code == 409
    details = refused.json()["error"]["details"]
    assert details["reason"] == "OrdersNotReady"
    assert {each["code"] for each in details["obstacles"]} == {
        "splitter_port_missing",
        "materials_not_logged",
        "rate_no_category",
    }
    assert await status_of(editor, order_key) == "DocketsUploaded"
    fields = intake_fields(order_key, partner_key="UMOBILE", method=None, source_version=2)
    assert (await editor.http.post("/orders", json=fields)).status_code == 200
    assert (await ready(editor, order_key))["invoice"]["status"] == "draft"


async def test_fifty_attempts_at_once_make_one_live_invoice(editor: ApiClient) -> None:
    """Alone, and together with a second order."""
    one, two = await received(editor), await received(editor)

    async def attempt(n: int) -> tuple[int, str | None]:
        if n % 2:
            answer = await editor.http.post(f"/orders/{one}/ready")
            found = (answer.json()["data"] or {}).get("invoice")
        else:
            body = {"partner_key": "UMOBILE", "order_keys": [one, two]}
            answer = await editor.http.post("/invoices/from-orders", json=body)
            found = answer.json()["data"]
        return answer.status_code, found["id"] if found else None

    answers = await asyncio.gather(*(attempt(n) for n in range(AT_ONCE)))
    assert {code for code, _ in answers} <= {200, 201, 409}
    made = {invoice for _, invoice in answers if invoice}
    assert len(made) == 1
    assert [code for code, _ in answers].count(201) == 1


async def test_a_rule_of_the_partner_makes_a_line_for_the_kpi(editor: ApiClient, admin: ApiClient) -> None:
    """RM 75 for a prelaid activation with a target of 60 minutes; above the target 20 per cent are taken off: 15."""
    partner = f"KPI_{uuid4().hex[:6].upper()}"
    like = (await editor.http.get("/settings/partners/UMOBILE")).json()["data"]["value"]
    rate = {"partner": partner, "order_type": "activation", "category": "FTTH", "amount": "75"}
    rule = {"partner": partner, "unit": "percent", "exceeded_penalty": "20"}
    answers = [
        await admin.http.put(f"/settings/partners/{partner}", json=like | {"name": "Kpi", "group": None}),
        await admin.http.post("/settings/rate-cards", json=rate | {"valid_from": "2025-01-01"}),
        await admin.http.post("/settings/kpi-rules", json=rule | {"valid_from": "2025-01-01"}),
    ]
    assert [each.status_code for each in answers] == [200, 201, 201], [each.text for each in answers]
    order_key = await received(
        editor, partner, method="PRELAID", on_the_way_at=(COMPLETED - timedelta(minutes=61)).isoformat()
    )
    draft = (await ready(editor, order_key))["invoice"]
    lines = [(line["line_type"], line["line_total"]) for line in draft["line_items"]]
    assert (lines, draft["total_amount"]) == ([("job", "75.00"), ("kpi", "-15.00")], "60.00")


async def test_a_batch_collects_orders_until_it_is_closed(editor: ApiClient) -> None:
    """Celcom: RM 145 for each prelaid activation; one of three orders is taken out."""
    orders = [await received(editor, "CELCOM", method="PRELAID") for _ in range(3)]
    batches = {(await ready(editor, order_key))["batch"]["key"] for order_key in orders}
    [batch] = batches
    assert (await ready(editor, orders[0]))["batch"]["key"] == batch
    removal = await editor.http.post(f"/batches/{batch}/orders/{orders[0]}/remove", json={"reason": "disputed"})
    assert removal.status_code == 200, removal.text
    closed = await editor.http.post(f"/batches/{batch}/close")
    assert closed.status_code == 201, closed.text
    invoice = closed.json()["data"]
    assert (sorted(invoice["partner"]["order_keys"]), invoice["total_amount"]) == (sorted(orders[1:]), "290.00")
    again = await editor.http.post(f"/batches/{batch}/close")
    assert (again.status_code, again.json()["data"]["id"]) == (200, invoice["id"])
    there = (await ready(editor, orders[1]))["batch"]
    assert (there["key"], there["invoice_id"], there["closed_by"]) == (batch, invoice["id"], "editor")
    late = await editor.http.post(f"/batches/{batch}/orders/{orders[1]}/remove", json={"reason": "disputed"})
    assert late.status_code == 409
    assert (await ready(editor, orders[0]))["batch"]["key"] != batch


async def test_a_worker_that_is_killed_between_the_steps_doubles_nothing(
    stack: Stack, editor: ApiClient, manager: ApiClient
) -> None:
    order_key = await received(editor)
    draft = (await ready(editor, order_key))["invoice"]
    finalized, _ = await asyncio.gather(editor.command(draft["id"], "finalize"), kill_worker(stack))
    approval = manager.command(draft["id"], "approve", digest=finalized["digest"])
    await asyncio.gather(approval, kill_worker(stack))
    upload = editor.command(draft["id"], "mark_uploaded", uploaded_at=datetime.now(UTC).isoformat())
    waiting, _ = await asyncio.gather(upload, kill_worker(stack))
    await asyncio.gather(pay(editor, waiting, "75.00"), kill_worker(stack))
    closed = await editor.until(draft["id"], lambda found: found["status"] == "closed", "the end")
    names = [each["name"] for each in closed["effects"]]
    for name in ("number", "orders_invoiced", "orders_submitted", "orders_completed", "revenue"):
        assert names.count(name) == 1, name
    log = (await editor.http.get(f"/orders/{order_key}")).json()["data"]["log"]
    moves = [each["status_after"] for each in log if each["status_after"] != each["status_before"]]
    assert moves[-4:] == ["ReadyForInvoice", "Invoiced", "SubmittedToPortal", "Completed"]
