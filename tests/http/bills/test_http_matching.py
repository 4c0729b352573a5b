"""Matches, settlements, allocations and anomalies over HTTP (docs/specification/bills.md 8-10)."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.bills.anomalies import AnomalySearch
from activities.bills.matching import BillMatcher
from activities.invoice.projection import InvoiceProjection
from models.bills.anomalies import Thresholds
from models.bills.bill import Bill
from models.bills.cost_line import ChargeCategory
from models.bills.matching.ports import BillVersion
from models.invoice.content.basis import cloud_claim
from models.invoice.tables import ClaimedWorklog
from tests.fixtures.cloud_bills import line, stored_bill, unique
from tests.fixtures.database_invoices import invoice
from tests.http.callers import Caller, data_of, error_of
from tests.http.settings.set_settings import changes

DROPLET = "zenit-nodo-do (s-1vcpu-2gb)"
KEY = f"name:{DROPLET}"
UNKNOWN = str(uuid4())


@pytest.fixture
def provider() -> str:
    return unique("provider")


@pytest.fixture
async def bill(engine: AsyncEngine, provider: str) -> Bill:
    """A bill of 12.00 for a droplet, 0.370000000001 for bandwidth and 1.24 of tax, which is matched."""
    lines = [
        line("7.00", DROPLET, service_name="Droplets"),
        line("5.00", DROPLET, service_name="Droplets"),
        line("0.370000000001", "Bandwidth overage", service_name="Bandwidth"),
        line("1.24", "GST", charge_category=ChargeCategory.TAX, service_name="Taxes"),
    ]
    made = await stored_bill(engine, lines, provider)
    await BillMatcher(engine).match(BillVersion(bill_id=made.id, version=1))
    return made


async def resource(manager: Caller, provider: str, **fields: Any) -> str:
    name = unique("res")
    body = {"resource": name, "provider": provider, "name": "zenit-nodo-do", "valid_from": "2026-01-01"} | fields
    data_of(await manager.post("/settings/cloud-resources", body), 201)
    return name


async def test_the_matches_of_a_bill_name_their_resources(
    manager: Caller, editor: Caller, viewer: Caller, bill: Bill, provider: str
) -> None:
    body = (await viewer.get(f"/vendor-bills/{bill.id}/matches")).json()
    assert body["meta"]["total"] == 2
    assert [(each["resource_key"], each["amount"], each["line_count"], each["outcome"]) for each in body["data"]] == [
        (KEY, "12.00", 2, "unmatched"),
        ("text:Bandwidth: Bandwidth overage", "0.370000000001", 1, "unmatched"),
    ]
    name = await resource(manager, provider, contract="APP-001")
    matched = data_of(await editor.post(f"/vendor-bills/{bill.id}/match", {}))
    assert matched == {"version": 1, "matched": 1, "shared": 0, "ignored": 0, "unmatched": 1, "allocations": 2}
    [found] = (await viewer.get(f"/vendor-bills/{bill.id}/matches", params={"outcome": "matched"})).json()["data"]
    assert (found["resource"], found["confidence"], found["reason"]) == (name, 70, "name")
    assert found["reason_text"].endswith(".")


async def test_what_is_unmatched_is_settled_once_and_for_all(
    engine: AsyncEngine, manager: Caller, editor: Caller, viewer: Caller, bill: Bill, provider: str
) -> None:
    other = await stored_bill(engine, [line("3.00", DROPLET)], provider, account="b")
    await BillMatcher(engine).match(BillVersion(bill_id=other.id, version=1))
    listed = (await viewer.get("/cloud-costs/unmatched", params={"provider": provider.upper()})).json()
    assert listed["meta"]["total"] == 2
    first = listed["data"][0]
    assert (first["resource_key"], first["bills"], first["line_count"]) == (KEY, 2, 3)
    assert (first["amounts"], first["provider"], first["reason"]) == ({"USD": "15.00"}, provider, "not_known")
    name = await resource(manager, provider, name="another")
    body = {"provider": provider.upper(), "resource_key": KEY, "outcome": "matched", "resource": name, "note": "seen"}
    settled = data_of(await editor.post("/cloud-costs/settled", body))
    assert (settled["provider"], settled["resource"], settled["settled_by"]) == (provider, name, "lena")
    assert sorted(settled["bills_to_match"]) == sorted([bill.id, other.id])
    listed = (await viewer.get("/cloud-costs/unmatched", params={"provider": provider})).json()["data"]
    assert [each["resource_key"] for each in listed] == ["text:Bandwidth: Bandwidth overage"]
    data_of(await editor.post("/cloud-costs/settled", body))
    shared = {"provider": provider, "resource_key": "text:Bandwidth: Bandwidth overage", "outcome": "shared"}
    data_of(await editor.post("/cloud-costs/settled", shared))
    for each in (bill, other):
        data_of(await editor.post(f"/vendor-bills/{each.id}/match", {}))
    assert data_of(await editor.post("/cloud-costs/settled", body))["bills_to_match"] == []
    assert (await viewer.get("/cloud-costs/unmatched", params={"provider": provider})).json()["data"] == []
    listed = (await viewer.get("/cloud-costs/settled", params={"provider": provider})).json()
    assert listed["meta"]["total"] == 2
    history = await changes(viewer, "settled-matches", f"{provider} {KEY}")
    assert [(each["by"], each["before"], each["after"]["resource"]) for each in history] == [("lena", None, name)]


async def test_what_was_settled_is_forgotten(editor: Caller, viewer: Caller, provider: str) -> None:
    key = {"provider": provider, "resource_key": "id:arn:aws:ec2:eu/1?x"}
    data_of(await editor.post("/cloud-costs/settled", key | {"outcome": "ignored"}))
    assert (await editor.post("/cloud-costs/settled/forget", key)).status_code == 204
    error_of(await editor.post("/cloud-costs/settled/forget", key), 404, "NOT_FOUND")
    assert (await viewer.get("/cloud-costs/settled", params={"provider": provider})).json()["meta"]["total"] == 0


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"outcome": "matched"}, "resource"),
        ({"outcome": "shared", "resource": "x"}, "resource"),
        ({"outcome": "matched", "resource": "no-such-one"}, "resource"),
        ({"outcome": "unmatched"}, "outcome"),
        ({"outcome": "ignored", "resource_key": ""}, "resource_key"),
    ],
)
async def test_a_settlement_that_is_not_valid_names_its_field(
    editor: Caller, provider: str, body: dict[str, str], path: str
) -> None:
    response = await editor.post("/cloud-costs/settled", {"provider": provider, "resource_key": "k"} | body)
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == path


async def test_a_viewer_settles_and_matches_nothing(viewer: Caller, bill: Bill) -> None:
    body = {"provider": "p", "resource_key": "k", "outcome": "shared"}
    error_of(await viewer.post("/cloud-costs/settled", body), 403, "FORBIDDEN")
    error_of(await viewer.post("/cloud-costs/settled/forget", {"provider": "p", "resource_key": "k"}), 403, "FORBIDDEN")
    error_of(await viewer.post(f"/vendor-bills/{bill.id}/match", {}), 403, "FORBIDDEN")


async def test_the_allocations_add_up_and_lead_to_their_lines(
    manager: Caller, editor: Caller, viewer: Caller, bill: Bill, provider: str
) -> None:
    shares = [
        {"kind": "contract", "key": "APP-7", "percent": "33.3333"},
        {"kind": "project", "key": "inner", "percent": "66.6667"},
    ]
    rule = {"rule": provider, "provider": provider, "service": "droplets", "shares": shares, "valid_from": "2026-04-30"}
    made = data_of(await manager.post("/settings/allocation-rules", rule), 201)
    data_of(await editor.post(f"/vendor-bills/{bill.id}/match", {}))
    found = data_of(await viewer.get(f"/vendor-bills/{bill.id}/allocations"))
    assert (found["version"], found["run"], found["net"], found["net_minor"]) == (1, 2, "12.370000000001", 1237)
    assert [
        (each["rule"], each["target_key"], each["amount"], each["amount_minor"]) for each in found["allocations"]
    ] == [
        # 12.00 x 33.3333 % = 3.999996, x 66.6667 % = 8.000004: 400 + 800 + 37 cents by the largest remainder
        (made["key"], "APP-7", "3.999996", 400),
        (made["key"], "inner", "8.000004", 800),
        (None, None, "0.370000000001", 37),
    ]
    assert sum(Decimal(each["amount"]) for each in found["targets"]) == Decimal(found["net"])
    only = data_of(await viewer.get(f"/vendor-bills/{bill.id}/allocations", params={"target_kind": "unallocated"}))
    assert (only["total"], len(only["targets"]), only["allocations"][0]["service"]) == (1, 3, "Bandwidth")
    path = f"/vendor-bills/{bill.id}/allocations/1/lines"
    page = data_of(await viewer.get(path, params={"per_page": 1}))
    assert ([each["position"] for each in page["lines"]], page["next_after"]) == ([1], 1)
    rest = data_of(await viewer.get(path, params={"after": 1}))
    assert ([(each["position"], each["billed_cost"]) for each in rest["lines"]], rest["next_after"]) == (
        [(2, "5.00")],
        None,
    )


async def test_a_resold_bill_is_not_matched_again(
    engine: AsyncEngine, manager: Caller, editor: Caller, bill: Bill, provider: str
) -> None:
    contract = unique("APP")
    await resource(manager, provider, contract=contract)
    data_of(await editor.post(f"/vendor-bills/{bill.id}/match", {}))
    live = invoice()
    await InvoiceProjection(engine).project(live)
    claim = {"application_key": contract, "worklog_id": cloud_claim(bill.id), "invoice_id": live.id, "revision": 1}
    async with engine.begin() as connection:
        await connection.execute(insert(ClaimedWorklog).values(claim))
    error_of(await editor.post(f"/vendor-bills/{bill.id}/match", {}), 409, "CONFLICT")
    targets = data_of(await editor.get(f"/vendor-bills/{bill.id}/allocations"))["targets"]
    assert {each["target_key"]: each["invoice_ids"] for each in targets} == {contract: [live.id], None: []}


async def test_the_anomalies_of_a_bill(engine: AsyncEngine, viewer: Caller, bill: Bill, provider: str) -> None:
    error_of(await viewer.get(f"/vendor-bills/{bill.id}/anomalies"), 404, "NOT_FOUND")
    march = {"first_day": date(2026, 3, 1), "end": date(2026, 4, 1)}
    before = await stored_bill(engine, [line("50", DROPLET, service_name="Droplets")], provider, **march)
    await BillMatcher(engine).match(BillVersion(bill_id=before.id, version=1))
    search = AnomalySearch(engine, Thresholds(percent=Decimal(20), amount=Decimal(10)))
    await ActivityEnvironment().run(search.find_anomalies, BillVersion(bill_id=bill.id, version=1))
    found = data_of(await viewer.get(f"/vendor-bills/{bill.id}/anomalies"))
    assert (found["compared_with"], found["counts"], found["currency"]) == ("2026-03-01", {"cost_changed": 1}, "USD")
    [anomaly] = found["anomalies"]
    assert (anomaly["before"], anomaly["now"], anomaly["change"], anomaly["percent"]) == (
        "50.00",
        "12.00",
        "-38.00",
        "-76.0",
    )
    assert anomaly["message"] == "Droplets: 50.00 -> 12.00 USD (-76.0 %)."


@pytest.mark.parametrize("path", ["matches", "allocations", "allocations/1/lines", "anomalies"])
async def test_an_unknown_bill_or_version_is_not_found(viewer: Caller, bill: Bill, path: str) -> None:
    error_of(await viewer.get(f"/vendor-bills/{UNKNOWN}/{path}"), 404, "NOT_FOUND")
    error_of(await viewer.get(f"/vendor-bills/{bill.id}/{path}", params={"version": 2}), 404, "NOT_FOUND")


async def test_what_does_not_exist_is_not_found(
    engine: AsyncEngine, viewer: Caller, editor: Caller, provider: str
) -> None:
    unmatched = await stored_bill(engine, [line("1")], provider)
    error_of(await viewer.get(f"/vendor-bills/{unmatched.id}/allocations"), 404, "NOT_FOUND")
    error_of(await editor.post(f"/vendor-bills/{UNKNOWN}/match", {}), 404, "NOT_FOUND")
    data_of(await editor.post(f"/vendor-bills/{unmatched.id}/match", {}))
    error_of(await viewer.get(f"/vendor-bills/{unmatched.id}/allocations/9/lines"), 404, "NOT_FOUND")
