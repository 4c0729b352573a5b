"""Vendor bills over HTTP with the real Temporal, PostgreSQL, object store and worker; finance is another process."""

import csv
import io
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client

from activities.bills.ingest.stored_bill_files import connect
from models.values.period import Period
from settings import Settings
from tests.fixtures.ingested_bills import digitalocean_csv, droplet, tax
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sandboxes import Sandbox
from tests.http.bills.ingesting import INVOICE, april_csv, bill_when_done, imported, upload, when_done
from tests.http.callers import Caller, data_of, error_of
from tests.http.whole_api import user
from workflows.bills.messages import FetchStart
from workflows.client import bills as bill_workflows


async def test_the_bill_of_the_seed_from_the_file_to_finance(lena: Caller, boss: Caller, sandboxes: Any) -> None:
    """33 lines, gross 86.92, tax 7.90, net 79.02; a second run changes nothing, and a forced one updates."""
    content = april_csv()
    received = await upload(lena, content, provider_invoice_id=INVOICE, number="512345678")
    answer = data_of(received, 202)
    assert answer["already_read"] is False
    file = await when_done(lena, answer["sha256"])
    assert (file["state"], file["file"]["rows"], file["problems"]) == ("done", 33, [])
    [head] = file["bills"]
    bill = await bill_when_done(lena, head["bill_id"])
    assert (bill["provider"], bill["account"], bill["provider_invoice_id"]) == ("digitalocean", "main", INVOICE)
    assert (bill["line_count"], bill["currency"], bill["status"], bill["adds_up"]) == (33, "USD", "issued", True)
    exact = {name: Decimal(bill[name]) for name in ("net", "tax", "gross")}
    assert exact == {"net": Decimal("79.02"), "tax": Decimal("7.90"), "gross": Decimal("86.92")}
    assert (bill["totals"]["net_minor"], bill["totals"]["tax_minor"], bill["totals"]["gross_minor"]) == (
        7902,
        790,
        8692,
    )
    assert (bill["finance"]["state"], bill["finance"]["note"]) == ("pushed", None), bill["finance"]
    finance: Sandbox = sandboxes.vendor("finance")
    assert sorted(each["kind"] for each in finance.effects()) == ["invoice", "vendor"]

    again = await upload(lena, content, provider_invoice_id=INVOICE)
    assert data_of(again, 200)["already_read"] is True
    assert sorted(each["kind"] for each in finance.effects()) == ["invoice", "vendor"]

    refused = await lena.post(f"/vendor-bills/{bill['id']}/push", {"forced": True})
    error_of(refused, 403, "FORBIDDEN")
    posts = len(_posts(finance))
    asked = data_of(await boss.post(f"/vendor-bills/{bill['id']}/push", {"forced": True}), 202)
    assert asked["workflow_id"] == bill["workflow_id"]
    await eventually(lambda: _count(finance), lambda count: count == posts + 1)
    assert sorted(each["kind"] for each in finance.effects()) == ["invoice", "vendor"]


async def test_a_corrected_file_shows_what_it_changed(lena: Caller) -> None:
    invoice, mark = f"inv-{uuid4().hex[:12]}", uuid4().hex[:8]
    lines = [droplet("web", "12.00"), droplet("api", "6.00"), tax("1.80")]
    first = await imported(lena, digitalocean_csv(lines, mark), provider_invoice_id=invoice)
    second = await imported(
        lena, digitalocean_csv([*lines, droplet("db", "3.00", "data")], mark), provider_invoice_id=invoice
    )
    assert (second["id"], second["version"], second["line_count"]) == (first["id"], 2, 4)
    newest, oldest = second["versions"]
    assert (oldest["version"], oldest["diff"]) == (1, None)
    assert newest["diff"]["counts"] == {"added": 1, "removed": 0, "changed": 0}
    assert Decimal(newest["diff"]["gross"]["after"]) == Decimal("22.80")

    page = (await lena.get(f"/vendor-bills/{first['id']}/lines", params={"per_page": 3})).json()
    assert [line["position"] for line in page["data"]] == [1, 2, 3]
    rest = (
        await lena.get(f"/vendor-bills/{first['id']}/lines", params={"per_page": 3, "cursor": page["next_cursor"]})
    ).json()
    assert ([line["position"] for line in rest["data"]], rest["next_cursor"]) == ([4], None)
    for filters, positions in (
        ({"category": "Tax"}, [3]),
        ({"project": "data"}, [4]),
        ({"service": "Droplets"}, [1, 2, 4]),
        ({"search": "API"}, [2]),
        ({"version": 1, "project": "data"}, []),
    ):
        found = (await lena.get(f"/vendor-bills/{first['id']}/lines", params=filters)).json()["data"]
        assert [line["position"] for line in found] == positions, filters
    error_of(await lena.get(f"/vendor-bills/{first['id']}/lines", params={"version": 9}), 404, "NOT_FOUND")
    error_of(await lena.get(f"/vendor-bills/{first['id']}/lines", params={"cursor": "x"}), 400, "VALIDATION_ERROR")

    text = (await lena.get(f"/vendor-bills/{first['id']}/lines.csv")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(Decimal(row["billed_cost"]) for row in rows) == Decimal("22.80")
    totals = data_of(await lena.get(f"/vendor-bills/{first['id']}/totals", params={"by": "project"}))
    by_project = {group["name"]: Decimal(group["gross"]) for group in totals["groups"]}
    assert (by_project["shop"], by_project["data"]) == (Decimal("18.00"), Decimal("3.00"))
    assert sum(by_project.values()) == Decimal("22.80")
    assert totals["others"] is None


async def test_a_file_with_fewer_rows_is_refused_with_a_finding(lena: Caller) -> None:
    invoice, mark = f"inv-{uuid4().hex[:12]}", uuid4().hex[:8]
    lines = [droplet("web", "12.00"), droplet("api", "6.00"), tax("1.80")]
    bill = await imported(lena, digitalocean_csv(lines, mark), provider_invoice_id=invoice)
    received = data_of(await upload(lena, digitalocean_csv(lines[1:], mark), provider_invoice_id=invoice), 202)
    file = await when_done(lena, received["sha256"])
    [head] = file["bills"]
    assert (head["outcome"], head["bill_id"]) == ("refused", bill["id"])
    assert "has 3 lines, and this file has only 2" in head["note"]
    refused = (await lena.get("/vendor-bills/files", params={"only_refused": True})).json()["data"]
    assert received["sha256"] in {each["sha256"] for each in refused}
    assert data_of(await lena.get(f"/vendor-bills/{bill['id']}"))["version"] == 1


async def test_a_file_is_read_again_with_what_it_lacks(lena: Caller) -> None:
    content = digitalocean_csv([droplet("web", "12.00"), tax("1.20")], uuid4().hex[:8])
    bill = await imported(lena, content, provider_invoice_id=f"inv-{uuid4().hex[:12]}")
    assert bill["number"] is None
    answer = data_of(await lena.post(f"/vendor-bills/{bill['id']}/re-ingest", {"number": "77"}), 202)
    assert answer["sha256"] == bill["file"]["sha256"]
    again = await bill_when_done(lena, bill["id"], 2)
    assert (again["number"], again["versions"][0]["diff"]["fields"]) == ("77", ["number"])


async def test_a_file_whose_lines_are_lost_is_read_again(lena: Caller, bill_settings: Settings) -> None:
    content, invoice = digitalocean_csv([droplet("web", "12.00")], uuid4().hex[:8]), f"inv-{uuid4().hex[:12]}"
    bill = await imported(lena, content, provider_invoice_id=invoice)
    store = connect(bill_settings.s3)
    assert store is not None
    [lines] = [key for key in await store.keys(f"bills/{bill['file']['sha256']}") if key.endswith(".lines.parquet")]
    store._s3.delete_object(Bucket=bill_settings.s3.bucket, Key=lines)
    again = data_of(await upload(lena, content, provider_invoice_id=invoice), 202)
    assert again["already_read"] is False

    async def found() -> list[str]:
        return await store.keys(lines)

    assert await eventually(found, bool) == [lines]
    assert (await when_done(lena, again["sha256"]))["bills"][0]["outcome"] == "unchanged"
    assert data_of(await upload(lena, content, provider_invoice_id=invoice), 200)["already_read"] is True
    store.close()


@pytest.mark.parametrize(
    ("content", "hints", "path"),
    [
        (b"", {}, "file"),
        (b"%PDF-1.7\n", {}, "file"),
        (b"PK\x03\x04" + bytes(100), {}, "file"),
        (bytes(range(256)), {}, "file"),
        (b"a,b\n" + bytes(b"1,2\n" * 300_000), {}, "file"),
        (b"a,b\n1,2\n", {"currency": "XXQ"}, "currency"),
        (b"a,b\n1,2\n", {"month": "2026-13"}, "month"),
        (b"a,b\n1,2\n", {"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_a_bill_is_refused_at_once(
    lena: Caller, content: bytes, hints: dict[str, str], path: str
) -> None:
    error = error_of(await upload(lena, content, **hints), 400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == path


async def test_a_body_above_the_limit_is_refused_while_it_is_sent(lena: Caller) -> None:
    error_of(await upload(lena, b"a,b\n" * 700_000), 413, "TOO_LARGE")


async def test_text_that_is_no_bill_says_what_was_found(lena: Caller) -> None:
    received = data_of(await upload(lena, f"name,price,{uuid4().hex}\nweb,12\n".encode()), 202)
    file = await when_done(lena, received["sha256"])
    assert (file["state"], file["bills"]) == ("refused", [])
    assert "name, price" in file["file"]["refusal"]


async def test_roles_and_unknown_ids(bill_api: httpx.AsyncClient, lena: Caller) -> None:
    vera = await user(bill_api, "viewer")
    error_of(await upload(vera, april_csv()), 403, "FORBIDDEN")
    assert (await vera.get("/vendor-bills")).status_code == 200
    unknown = str(uuid4())
    for path in (f"/vendor-bills/{unknown}", f"/vendor-bills/{unknown}/lines", f"/vendor-bills/files/{'0' * 64}"):
        error_of(await vera.get(path), 404, "NOT_FOUND")
    error_of(await lena.post(f"/vendor-bills/{unknown}/push", {}), 404, "NOT_FOUND")
    error_of(await lena.post(f"/vendor-bills/{unknown}/re-ingest", {}), 404, "NOT_FOUND")
    error_of(await Caller(bill_api, {}).get("/vendor-bills"), 401, "UNAUTHORIZED")


async def test_the_list_has_filters_and_pages(lena: Caller) -> None:
    account, mark = f"acc-{uuid4().hex[:8]}", uuid4().hex[:8]
    for number in range(3):
        content = digitalocean_csv([droplet(f"web-{number}", "1.00")], mark)
        await imported(lena, content, provider_invoice_id=f"{mark}-{number}", account=account)
    found: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        params = {"account": account, "per_page": 1} | ({"cursor": cursor} if cursor else {})
        page = (await lena.get("/vendor-bills", params=params)).json()
        found += [bill["provider_invoice_id"] for bill in page["data"]]
        cursor = page["next_cursor"]
    assert (sorted(found), cursor) == ([f"{mark}-{number}" for number in range(3)], None)
    for filters, count in (
        ({"search": f"{mark}-1"}, 1),
        ({"month": "2026-04"}, 3),
        ({"month": "2026-05"}, 0),
        ({"currency": "EUR"}, 0),
        ({"push_state": "pushed"}, 3),
        ({"status": "open"}, 0),
        ({"adds_up": "false"}, 0),
    ):
        page = (await lena.get("/vendor-bills", params={"account": account, **filters})).json()
        assert len(page["data"]) == count, filters


async def test_a_bill_is_fetched_from_the_provider(lena: Caller, temporal: Client, sandboxes: Any) -> None:
    """The same invoice as the file of the seed, by another way: its lines differ in their resources only."""
    invoice = f"0f9d1c1e-0000-4000-8000-{uuid4().hex[:12]}"
    summary = {
        "invoice_uuid": invoice,
        "invoice_id": "9",
        "billing_period": "2026-03",
        "amount": "13.20",
        "product_charges": {"name": "Product usage charges", "amount": "12.00", "items": []},
        "overages": {"name": "Overages", "amount": "0.00"},
        "taxes": {"name": "Taxes", "amount": "1.20"},
        "credits_and_adjustments": {"name": "Credits & adjustments", "amount": "0.00"},
    }
    items = [
        {
            "product": product,
            "resource_uuid": "00000000-0000-4000-8000-000000000001" if product == "Droplets" else "",
            "description": description,
            "amount": amount,
            "duration": "744",
            "duration_unit": "Hours",
            "start_time": "2026-03-01T00:00:00Z",
            "end_time": "2026-04-01T00:00:00Z",
        }
        for product, description, amount in (("Droplets", "web-1 (s-1vcpu-2gb)", "12.00"), ("Taxes", "GST", "1.20"))
    ]
    sandboxes.vendor("digitalocean").admin("invoices", {"summary": summary, "invoice_items": items})
    start = FetchStart(account="main", month=Period.parse("2026-03").label)
    report = await (await bill_workflows.fetch(temporal, start)).result()
    [sha256] = report.files
    file = await when_done(lena, sha256)
    [head] = file["bills"]
    bill = await bill_when_done(lena, head["bill_id"])
    assert (bill["provider_invoice_id"], bill["number"], bill["account"]) == (invoice, "9", "main")
    assert (bill["line_count"], Decimal(bill["gross"]), Decimal(bill["tax"])) == (2, Decimal("13.20"), Decimal("1.20"))
    assert (bill["adds_up"], bill["finance"]["state"]) == (True, "pushed")
    again = await (await bill_workflows.fetch(temporal, start)).result()
    assert again.files == report.files


def _posts(finance: Sandbox) -> list[dict[str, Any]]:
    return [each for each in finance.requests() if each["method"] == "POST"]


async def _count(finance: Sandbox) -> int:
    return len(_posts(finance))
