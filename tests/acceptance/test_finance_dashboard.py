"""Story 3.6 on a whole stack: the finance dashboard of a partner's invoices, live and as a stored snapshot.

The partner has a currency of its own, so that the figures of that currency are those of this test alone.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from local.demo.api_client import ApiClient
from local.stack.stack import Stack
from models.accounting.ports import SnapshotTaken
from models.values.period import BILLING_ZONE
from tests.acceptance.test_partner_invoices import attached, key, pay
from tests.fixtures.orders import intake_fields
from workflows.accounting.daily_snapshot import FinanceSnapshotWorkflow
from workflows.accounting.messages import SnapshotStart
from workflows.client.connection import connect
from workflows.runtime.ids import TASK_QUEUE

pytestmark = pytest.mark.timeout(900)

PARTNER = "STORY"
CURRENCY = "SGD"


async def partner_of_the_story(editor: ApiClient, admin: ApiClient) -> None:
    """Store a partner like UMOBILE, without review, in its own currency, whose days are those of the issuer."""
    like = (await editor.http.get("/settings/partners/UMOBILE")).json()["data"]["value"]
    own = {"name": "Story", "currency": CURRENCY, "needs_review": False, "group": None, "zone": BILLING_ZONE}
    settings = like | own
    answer = await admin.http.put(f"/settings/partners/{PARTNER}", json=settings)
    assert answer.status_code == 200, answer.text
    rate = {"partner": PARTNER, "order_type": "activation", "category": "FTTH", "amount": "75", "currency": CURRENCY}
    added = await admin.http.post("/settings/rate-cards", json=rate | {"valid_from": "2025-01-01"})
    assert added.status_code == 201, added.text


async def invoiced(editor: ApiClient, activations: int) -> dict[str, Any]:
    """Return the numbered invoice of so many activations, each 75.

    It is dated on the issuer's day: a month begins in Kuala Lumpur before the dashboard has it.
    """
    keys = [key() for _ in range(activations)]
    for order_key in keys:
        fields = intake_fields(order_key, partner_key=PARTNER, method=None)
        assert (await editor.http.post("/orders", json=fields)).status_code == 201
    answer = await editor.http.post("/invoices/from-orders", json={"partner_key": PARTNER, "order_keys": keys})
    assert answer.status_code == 201, answer.text
    return await editor.command(answer.json()["data"]["id"], "finalize", issue_today=True)


async def uploaded(editor: ApiClient, activations: int, days_ago: int) -> dict[str, Any]:
    """Return an invoice that was uploaded so many days ago; it is due 45 days after that."""
    invoice = await invoiced(editor, activations)
    moment = datetime.now(UTC) - timedelta(days=days_ago)
    return await editor.command(invoice["id"], "mark_uploaded", uploaded_at=moment.isoformat())


def of_the_story(dashboard: dict[str, Any]) -> dict[str, Any]:
    [found] = [each for each in dashboard["figures"]["currencies"] if each["currency"] == CURRENCY]
    return dict(found)


def sums(count: int, amount: str) -> dict[str, Any]:
    return {"invoices": count, "amount": amount}


async def test_the_dashboard_shows_what_was_worked_out_by_hand(
    stack: Stack, editor: ApiClient, manager: ApiClient, admin: ApiClient
) -> None:
    await partner_of_the_story(editor, admin)
    await uploaded(editor, 1, days_ago=0)  # 75, due in 45 days
    await uploaded(editor, 2, days_ago=42)  # 150, due in 3 days
    await uploaded(editor, 3, days_ago=50)  # 225, 5 days late
    part = await uploaded(editor, 4, days_ago=1)  # 300, of which 40 are paid
    await pay(editor, part, "40.00")
    whole = await uploaded(editor, 5, days_ago=2)  # 375, paid
    await pay(editor, whole, "375.00")
    await editor.until(whole["id"], lambda found: found["status"] == "closed", "the end")
    wrong = await uploaded(editor, 6, days_ago=0)  # 450, rejected
    remarks = {"reason": "Wrong serial number", "code": "wrong_splitter_or_serial", "remarks": "Please resubmit"}
    await manager.command(wrong["id"], "reject", attachment=await attached(editor, wrong["id"]), **remarks)

    live = (await editor.http.get("/dashboard/finance")).json()["data"]
    shown = of_the_story(live)
    assert shown["outstanding"] == sums(4, "710.00")  # 75 + 150 + 225 + 300 - 40
    assert shown["due_soon"] == sums(1, "150.00")
    assert shown["late"] == sums(1, "225.00")
    assert shown["rejected"] == sums(1, "450.00")
    ages = {each["days_late"]: each["amount"] for each in shown["ageing"]}
    assert ages == {"0": "485.00", "1-30": "225.00", "31-60": "0.00", "61-90": "0.00", "90+": "0.00"}
    [partner] = shown["customers"]
    assert (partner["customer_key"], partner["kind"]) == (PARTNER, "partner")
    assert partner["invoiced"] == sums(5, "1125.00")  # 75 x (1 + 2 + 3 + 4 + 5)
    assert partner["paid_amount"] == "415.00"
    assert shown["months"][-1]["invoiced"] == sums(5, "1125.00")
    assert shown["months"][-1]["rejected"] == sums(1, "450.00")
    assert [each["invoiced"]["invoices"] for each in shown["months"][:-1]] == [0] * 11

    # The night after, a day earlier: 4 days late instead of 5, and all of it changed after that day.
    yesterday = datetime.now(ZoneInfo(BILLING_ZONE)).date() - timedelta(days=1)
    taken = await snapshot_of(stack, yesterday)
    assert taken.day == yesterday
    answer = await editor.http.get("/dashboard/finance", params={"compare_with": str(yesterday)})
    stored = answer.json()["data"]["compared_with"]
    assert of_the_story({"figures": stored})["outstanding"] == sums(4, "710.00")
    assert stored["changed_later"] >= 6


async def snapshot_of(stack: Stack, day: date) -> SnapshotTaken:
    """Take the snapshot of a day as the schedule does after its end."""
    client = await connect(stack.describe()["temporal"], "default")
    return await client.execute_workflow(
        FinanceSnapshotWorkflow.run,
        SnapshotStart(day=day, replace=True),
        id=f"finance-snapshot.{day}.story",
        task_queue=TASK_QUEUE,
    )
