"""A vendor's bill whose worker is killed with SIGKILL again and again: one bill, one push."""

import asyncio
from typing import Any

import httpx
import pytest

from local.demo.api_client import ApiClient
from local.stack.stack import Stack
from tests.acceptance.conftest import kill_worker
from tests.fixtures.invoice_driver import eventually

pytestmark = pytest.mark.timeout(600)

KILLS = 4
LINES = 60_000
HEADER = "product,group_description,description,hours,start,end,USD,project_name,category\n"
LINE = 'Droplets,,"web-{n} (s-1vcpu-1gb)",720,2026-04-01 00:00:00 +0000,2026-05-01 00:00:00 +0000,$0.01,shop,iaas\n'
TAX = "Taxes,,GST,,2026-04-01 00:00:00 +0000,2026-04-30 23:59:59 +0000,$60.00,,iaas\n"
INVOICE = "0f9d1c1e-0000-4000-8000-00000000dead"


async def test_one_bill_and_one_push(stack: Stack, editor: ApiClient) -> None:
    """60,000 lines of a cent are 600.00, with 60.00 of tax 660.00."""
    content = (HEADER + "".join(LINE.format(n=n) for n in range(LINES)) + TAX).encode()
    answer = await editor.http.post(
        "/vendor-bills", files={"file": ("april.csv", content)}, data={"provider_invoice_id": INVOICE}, timeout=120
    )
    assert answer.status_code == 202, answer.text
    sha256 = answer.json()["data"]["sha256"]
    for _ in range(KILLS):
        await asyncio.sleep(1)  # a kill comes at another step each time; which one does not matter
        await kill_worker(stack)

    async def file() -> dict[str, Any]:
        return await _data(editor.http, f"/vendor-bills/files/{sha256}")

    done = await eventually(file, lambda found: found["state"] == "done", 240)
    [head] = done["bills"]

    async def bill() -> dict[str, Any]:
        return await _data(editor.http, f"/vendor-bills/{head['bill_id']}")

    found = await eventually(bill, lambda found: found["is_done"], 240)
    assert (found["version"], found["line_count"], found["gross"], found["tax"]) == (1, LINES + 1, "660", "60")
    assert found["finance"]["state"] == "pushed", found["finance"]
    payables = (await editor.http.get("/payables", params={"per_page": 100})).json()["data"]
    assert [row["gross"] for row in payables if row["external_id"] == INVOICE] == ["660.00"]


async def _data(http: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await http.get(path)
    answer.raise_for_status()
    return dict(answer.json()["data"])
