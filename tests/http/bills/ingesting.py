"""What the tests of the ingest over HTTP share: the bill of the seed, uploads, and waiting for bills."""

from typing import Any

import httpx

from activities.clients import decimal_json
from local.sandboxes.digitalocean.invoices import APRIL, csv_of
from tests.fixtures.invoice_driver import eventually
from tests.http.callers import Caller, data_of

INVOICE = "0f9d1c1e-0000-4000-8000-202604000001"


def april_csv() -> bytes:
    """The seed's bill: 33 lines, gross 86.92 USD with 7.90 of tax."""
    return csv_of(decimal_json.loads(APRIL.read_text(encoding="utf-8"))).encode()


async def upload(caller: Caller, content: bytes, name: str = "bill.csv", **hints: str) -> httpx.Response:
    url = "/api/v1/vendor-bills"
    return await caller.http.post(url, headers=caller.headers, files={"file": (name, content)}, data=hints)


async def when_done(caller: Caller, sha256: str) -> dict[str, Any]:
    """Return the file when it is read and its bills are through all steps."""

    async def look() -> dict[str, Any]:
        found: dict[str, Any] = data_of(await caller.get(f"/vendor-bills/files/{sha256}"))
        return found

    file = await eventually(look, lambda found: found["state"] not in ("reading", "writing"))
    for each in file["bills"]:
        if each["bill_id"]:
            await bill_when_done(caller, each["bill_id"])
    return file


async def bill_when_done(caller: Caller, bill_id: str, version: int = 1) -> dict[str, Any]:
    async def look() -> dict[str, Any]:
        found: dict[str, Any] = data_of(await caller.get(f"/vendor-bills/{bill_id}"))
        return found

    return await eventually(look, lambda found: found["is_done"] and found["version"] >= version)


async def imported(caller: Caller, content: bytes, **hints: str) -> dict[str, Any]:
    """Upload a file with one bill, and return the bill when it is done."""
    received = data_of(await upload(caller, content, **hints), 202)
    file = await when_done(caller, received["sha256"])
    [bill] = file["bills"]
    assert bill["outcome"] in ("created", "corrected"), file
    return await bill_when_done(caller, bill["bill_id"], bill["version"])
