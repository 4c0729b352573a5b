"""Cloud cost on the invoices of contracts, from the bill to the lines and back: over HTTP, on real engines.

The tests share one API with its worker. Each uses a contract, a vendor and bills of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import clickhouse_connect
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.bills.matching import BillMatcher
from activities.database import engine as database
from models.bills.bill import Bill
from models.bills.matching.ports import BillVersion
from tests.fixtures.clickhouse import served
from tests.fixtures.cloud_bills import bill_of, line, store
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.temporal import new_namespace
from tests.http.callers import Caller, data_of, error_of
from tests.http.invoice.overlapping_contracts import MONTH, QUARTER, fill
from tests.http.whole_api import seeded, user, whole_api

pytestmark = pytest.mark.timeout(300)

FEBRUARY: dict[str, Any] = {"first_day": date(2026, 2, 1), "end": date(2026, 3, 1)}


@pytest.fixture(scope="module")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("resale") / "clickhouse") as dsn:
        client = clickhouse_connect.get_client(dsn=dsn)
        fill(client)
        client.close()
        yield dsn


@pytest.fixture(scope="module")
async def http(temporal: Client, registry_url: str, clickhouse_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = await seeded(await new_namespace(temporal), registry_url, clickhouse_url, answer_within=120)
    async with whole_api(settings) as client:
        client.timeout = httpx.Timeout(200)
        yield client


@pytest.fixture(scope="module")
async def bills(registry_url: str) -> AsyncIterator[AsyncEngine]:
    engine = database.create_engine(registry_url)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
async def editor(http: httpx.AsyncClient) -> Caller:
    return await user(http, "editor")


@pytest.fixture(scope="module")
async def manager(http: httpx.AsyncClient) -> Caller:
    return await user(http, "manager")


async def billed(engine: AsyncEngine, vendor: str, cost: str, **fields: Any) -> Bill:
    """Write a bill of February with two droplets that cost this and 5.00, matched and allocated."""
    lines = [line(cost, "web-1 (s-1)", service_name="Droplets"), line("5.00", "web-1 (s-1)", service_name="Backups")]
    bill = await store(engine, bill_of(lines, vendor, **FEBRUARY, **fields), lines)
    await BillMatcher(engine).match(BillVersion(bill_id=bill.id, version=bill.version))
    return bill


async def resold(manager: Caller, key: str, **rule: Any) -> str:
    """Let the contract pay for everything of a vendor with a margin of 10 %, and return the vendor."""
    vendor = f"vendor-{key}".lower()
    resource = {"resource": f"web-{key}", "provider": vendor, "name": "web-1", "contract": key}
    data_of(await manager.post("/settings/cloud-resources", {**resource, "valid_from": "2026-01-01"}), 201)
    body = {"contract": key, "margin_percent": "10", "valid_from": "2026-01-01"} | rule
    data_of(await manager.post("/settings/resale-rules", body), 201)
    return vendor


async def generate(caller: Caller, key: str, period: tuple[str, str] = MONTH) -> httpx.Response:
    body = {"application_key": key, "period_start": period[0], "period_end": period[1]}
    return await caller.post("/invoices/generate", body)


def cloud(invoice: dict[str, Any]) -> list[tuple[str, str]]:
    """Return service and amount of the lines that resell cost."""
    return [(each["cloud"]["service"], each["line_total"]) for each in invoice["line_items"] if each.get("cloud")]


async def test_the_cost_of_a_bill_becomes_lines_that_lead_back_to_it(
    editor: Caller, manager: Caller, bills: AsyncEngine
) -> None:
    vendor = await resold(manager, "HR-0")
    bill = await billed(bills, vendor, "40.00", number="501")
    preview = data_of(
        await editor.post(
            "/invoices/prefill", {"application_key": "HR-0", "period_start": MONTH[0], "period_end": MONTH[1]}
        )
    )
    made = data_of(await generate(editor, "HR-0"), 201)
    # 20 h at 100 USD, and 5.00 and 40.00 with 10 %
    assert cloud(made) == cloud(preview) == [("Backups", "5.50"), ("Droplets", "44.00")]
    assert made["total_amount"] == "2049.50"
    droplets = made["line_items"][-1]
    assert (droplets["line_type"], droplets["source"], droplets["quantity"]) == ("cloud", "cloud", "1")
    assert droplets["description"] == f"{vendor}: Droplets — February 2026"
    traced = droplets["cloud"]
    assert (traced["bill_id"], traced["bill_version"], traced["cost"]) == (bill.id, 1, "40.00")
    path = f"/vendor-bills/{bill.id}/allocations"
    [line_of_bill] = data_of(await editor.get(f"{path}/{traced['allocations'][0]}/lines"))["lines"]
    assert (line_of_bill["position"], line_of_bill["billed_cost"]) == (1, "40.00")
    [target] = data_of(await editor.get(path))["targets"]
    assert (target["target_key"], target["invoice_ids"]) == ("HR-0", [made["id"]])
    assert data_of(await editor.get(f"/invoices/{made['id']}/lines/{droplets['id']}/worklogs"))["worklogs"] == []
    error_of(await editor.post(f"/vendor-bills/{bill.id}/match", {}), 409, "CONFLICT")


async def test_the_share_is_free_after_a_discard_and_a_void(
    editor: Caller, manager: Caller, bills: AsyncEngine
) -> None:
    bill = await billed(bills, await resold(manager, "HR-1"), "40.00")
    month = data_of(await generate(editor, "HR-1"), 201)
    quarter = data_of(await generate(editor, "HR-1", QUARTER), 201)
    assert cloud(quarter) == []
    [warning] = [each for each in quarter["warnings"] if "bill" in each]
    assert month["id"] in warning
    assert cloud(data_of(await editor.post(f"/invoices/{quarter['id']}/regenerate"))) == []
    data_of(await editor.post(f"/invoices/{month['id']}/discard"))
    again = data_of(await editor.post(f"/invoices/{quarter['id']}/regenerate"))
    assert cloud(again) == [("Backups", "5.50"), ("Droplets", "44.00")]
    assert await held(bills, bill) == [quarter["id"]]
    data_of(await editor.post(f"/invoices/{quarter['id']}/finalize"))
    data_of(await manager.post(f"/invoices/{quarter['id']}/void", {"reason": "wrong"}))
    assert await held(bills, bill) == []
    assert cloud(data_of(await generate(editor, "HR-1"), 201)) == [("Backups", "5.50"), ("Droplets", "44.00")]


async def held(engine: AsyncEngine, bill: Bill) -> list[str]:
    query = text("SELECT invoice_id FROM claimed_worklogs WHERE worklog_id = :claim")
    async with engine.connect() as connection:
        return list(await connection.scalars(query, {"claim": f"cloud:{bill.id}"}))


async def test_twenty_requests_at_once_charge_a_bill_once(editor: Caller, manager: Caller, bills: AsyncEngine) -> None:
    bill = await billed(bills, await resold(manager, "FP-1"), "40.00")
    answers = await asyncio.gather(*(generate(editor, "FP-1", (MONTH, QUARTER)[n % 2]) for n in range(20)))
    assert {each.status_code for each in answers} <= {200, 201, 409, 503}, [each.text for each in answers]
    made = {each.json()["data"]["id"]: each.json()["data"] for each in answers if each.status_code in (200, 201)}
    charged = [invoice for invoice, content in made.items() if cloud(content)]
    assert charged == await held(bills, bill)
    assert len(charged) == 1


async def test_a_corrected_bill_is_late_work_that_a_draft_takes_in(
    editor: Caller, manager: Caller, bills: AsyncEngine
) -> None:
    vendor = await resold(manager, "HR-2")
    bill = await billed(bills, vendor, "40.00")
    made = data_of(await generate(editor, "HR-2"), 201)
    await billed(bills, vendor, "60.00", id=bill.id, key=bill.key, version=2)
    later = await billed(bills, vendor, "100.00")
    checked = data_of(await editor.post(f"/invoices/{made['id']}/check_facts"))
    differing = [(each["amount_before"], each["amount_after"]) for each in checked["late_work"]["lines"]]
    assert sorted(differing, key=str) == [("44.00", "66.00"), (None, "110.00"), (None, "5.50")]
    body = {"expected_revision": checked["revision"]}
    taken = data_of(await editor.post(f"/invoices/{made['id']}/take_in", body))
    assert sorted(amount for _, amount in cloud(taken)) == ["110.00", "5.50", "5.50", "66.00"]
    assert await held(bills, later) == [made["id"]]


async def test_a_removed_line_keeps_its_bill(editor: Caller, manager: Caller, bills: AsyncEngine) -> None:
    bill = await billed(bills, await resold(manager, "HR-3"), "40.00")
    made = data_of(await generate(editor, "HR-3"), 201)
    removed = [each["id"] for each in made["line_items"] if each.get("cloud")]
    operations = [{"op": "remove", "id": each} for each in removed]
    body = {"expected_revision": made["revision"], "line_changes": operations}
    edited = data_of(await editor.patch(f"/invoices/{made['id']}", body))
    assert (cloud(edited), edited["total_amount"]) == ([], "2000.00")
    assert await held(bills, bill) == [made["id"]]
    assert cloud(data_of(await generate(editor, "HR-3", QUARTER), 201)) == []


async def test_a_bill_in_another_currency_needs_a_rate(editor: Caller, manager: Caller, bills: AsyncEngine) -> None:
    vendor = await resold(manager, "HR-4", minimum="100.00")
    await billed(bills, vendor, "40.00", currency="CHF")
    message = error_of(await generate(editor, "HR-4"), 400, "VALIDATION_ERROR")["message"]
    assert "between CHF and USD on 2026-02-28" in message
    rate = {"from_currency": "USD", "to_currency": "CHF", "rate": "0.8", "source": "Bank", "valid_from": "2026-02-20"}
    data_of(await manager.post("/settings/exchange-rates", rate), 201)
    made = data_of(await generate(editor, "HR-4"), 201)
    # 5.00 / 0.8 x 1.1 = 6.875, 40.00 / 0.8 x 1.1 = 55.00; 38.12 is missing of the minimum
    assert cloud(made) == [("Backups", "6.88"), ("Droplets", "55.00")]
    traced = made["line_items"][-2]["cloud"]
    frozen = (traced["exchange_rate"], traced["exchange_divisor"], traced["rate_ids"])
    assert frozen == ("1", "0.8", ["USD.CHF.2026-02-20"])
    [warning] = [each for each in made["warnings"] if "exchange rate" in each]
    assert "1 USD = 0.8 CHF (Bank, 2026-02-20) is 8 days old" in warning
    assert [each["line_total"] for each in made["line_items"] if each["rule"] == "CLOUD.minimum"] == ["38.12"]


async def test_a_billing_run_resells_cost_and_refuses_only_what_has_no_rate(
    editor: Caller, manager: Caller, bills: AsyncEngine
) -> None:
    await billed(bills, await resold(manager, "HR-5"), "40.00")
    await billed(bills, await resold(manager, "HR-6"), "40.00", currency="GBP")
    body = {"application_keys": ["HR-5", "HR-6", "HR-7"], "period_start": MONTH[0], "period_end": MONTH[1]}
    answer = (await editor.post("/invoices/generate-bulk", body)).json()

    async def run() -> Any:
        return (await editor.get(f"/invoices/runs/{answer['meta']['run_id']}")).json()

    ended = await eventually(run, lambda seen: seen["meta"]["state"] == "completed")
    results = {row["application_key"]: row for row in ended["data"]}
    assert {key: row["outcome"] for key, row in results.items()} == {
        "HR-5": "created",
        "HR-6": "refused",
        "HR-7": "created",
    }
    assert "between GBP and USD" in results["HR-6"]["message"]
    made = data_of(await editor.get(f"/invoices/{results['HR-5']['id']}"))
    assert cloud(made) == [("Backups", "5.50"), ("Droplets", "44.00")]
    assert Decimal(made["total_amount"]) == Decimal("2049.50")
