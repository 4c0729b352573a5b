"""The bill of the user's document on a whole stack: fetched, read and pushed by the worker to the API as finance.

33 lines, gross 86.92, tax 7.90, so net 86.92 - 7.90 = 79.02; a second push changes the one invoice that finance has.
"""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from temporalio.client import Client

from local.demo.api_client import ApiClient, until
from local.demo.vendor_bills import APRIL as APRIL_ID
from local.stack.stack import Stack
from models.bills.ingest import BillReport
from tests.acceptance.conftest import kill_worker
from workflows.bills.bill import VendorBillWorkflow
from workflows.bills.messages import FetchStart
from workflows.client import bills
from workflows.client.connection import connect

pytestmark = pytest.mark.timeout(900)

APRIL = FetchStart(provider="digitalocean", account="main", month="2026-04")


async def temporal(stack: Stack) -> Client:
    return await connect(stack.describe()["temporal"], "default")


async def bill_of_april(editor: ApiClient) -> list[dict[str, Any]]:
    return [bill for bill in await editor.vendor_bills() if bill["provider_invoice_id"] == APRIL_ID]


async def pushed_bill(editor: ApiClient) -> dict[str, Any]:
    """Wait until the one bill is through all steps, and return it."""
    [bill] = await until(
        lambda: bill_of_april(editor), lambda found: len(found) == 1 and found[0]["is_done"], "the bill of April"
    )
    return dict(bill)


async def payables(editor: ApiClient) -> list[dict[str, Any]]:
    answer = await editor.http.get("/payables", params={"source": "digitalocean", "external_id": APRIL_ID})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


async def push_again(stack: Stack, user: ApiClient, bill: dict[str, Any], *, forced: bool) -> BillReport:
    """Push the bill once more and return the report of its workflow."""
    answer = await user.http.post(f"/vendor-bills/{bill['id']}/push", json={"forced": forced})
    assert answer.status_code == 202, answer.text
    handle = (await temporal(stack)).get_workflow_handle_for(
        VendorBillWorkflow.run, answer.json()["data"]["workflow_id"]
    )
    return await handle.result()


async def test_the_bill_of_april_reaches_finance_once(stack: Stack, editor: ApiClient, manager: ApiClient) -> None:
    client = await temporal(stack)
    fetch = await bills.fetch(client, APRIL)
    await asyncio.gather(fetch.result(), kill_worker(stack))
    bill = await pushed_bill(editor)
    assert (bill["line_count"], bill["gross"], bill["net"]) == (33, "86.92", "79.02")
    assert (Decimal(bill["tax"]), bill["adds_up"], bill["finance"]["state"]) == (Decimal("7.90"), True, "pushed")

    [payable] = await payables(editor)
    assert (payable["id"], payable["tenant_id"]) == (bill["finance"]["finance_invoice_id"], "platform-admin")
    assert (payable["gross"], payable["tax"], payable["net"]) == ("86.92", "7.90", "79.02")
    assert payable["vendor"] == "DigitalOcean"

    unchanged = await push_again(stack, editor, bill, forced=False)
    assert (unchanged.pushed and unchanged.pushed.action) is None  # nothing was sent
    again = await push_again(stack, manager, bill, forced=True)
    assert again.pushed is not None
    assert again.pushed.action == "updated"
    assert [each["id"] for each in await payables(editor)] == [payable["id"]]

    repeated = await bills.fetch(client, APRIL)
    await repeated.result()
    same = await pushed_bill(editor)
    assert (same["id"], same["version"]) == (bill["id"], 1)
