"""Partner invoices on a whole stack: the stories of the user's document, from the finished job to paid or rejected."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from local.demo.api_client import ApiClient
from tests.fixtures.orders import intake_fields

pytestmark = pytest.mark.timeout(900)

# A 1 x 1 pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
# The only price of the user's document is a default of the demo company: RM 75 for an activation of this category.
SEED_PRICE = "75.00"


def key() -> str:
    return f"ORD-{uuid4().hex[:10]}"


async def receive(editor: ApiClient, order_key: str, **changes: Any) -> str:
    """Store a finished order of Digi, for which the company's default rate applies."""
    fields = intake_fields(order_key, **{"partner_key": "UMOBILE", "category": "SEED", "method": None} | changes)
    answer = await editor.http.post("/orders", json=fields)
    assert answer.status_code == 201, answer.text
    return order_key


async def ready(editor: ApiClient, order_key: str) -> dict[str, Any]:
    answer = await editor.http.post(f"/orders/{order_key}/ready")
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


async def order(editor: ApiClient, order_key: str) -> dict[str, Any]:
    return dict((await editor.http.get(f"/orders/{order_key}")).json()["data"]["order"])


async def attach(editor: ApiClient, invoice_id: str, name: str) -> str:
    answer = await editor.http.post(f"/invoices/{invoice_id}/attachments", files={"file": (name, PNG, "image/png")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


async def approved(editor: ApiClient, manager: ApiClient, order_key: str) -> dict[str, Any]:
    draft = await ready(editor, order_key)
    shown = await editor.command(draft["id"], "finalize")
    return await manager.command(draft["id"], "approve", digest=shown["digest"])


async def uploaded(editor: ApiClient, manager: ApiClient, order_key: str) -> dict[str, Any]:
    invoice = await approved(editor, manager, order_key)
    moment = datetime.now(UTC).isoformat()
    return await editor.command(
        invoice["id"], "mark_uploaded", uploaded_at=moment, portal_submission_id="SUBM-20260301-1"
    )
