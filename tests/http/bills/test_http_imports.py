"""The import of invoices: one payable for each key, the tenant of the token, and what is refused."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from models.bills.finance.payload import ImportInvoice
from tests.http.bills.importing import IMPORT, Importer, invoice, rows, stored_lines, token
from tests.http.callers import Caller


async def test_the_first_import_creates_and_a_repetition_updates(
    service: Importer, engine: AsyncEngine, tenant: str
) -> None:
    first = await service.send(invoice("u-1"))
    assert (first.status_code, first.json()["action"]) == (201, "created")
    again = await service.send(invoice("u-1"))
    assert (again.status_code, again.json()) == (
        200,
        {"action": "updated", "invoice_id": first.json()["invoice_id"]},
    )
    [row] = await rows(engine, tenant)
    assert [row[f"{name}_minor"] for name in ("gross", "net", "tax")] == [8692, 7902, 790]
    assert (row["source"], row["external_number"], row["currency"]) == ("digitalocean", "480021342", "USD")
    assert (str(row["due_date"]), row["status"], row["line_count"]) == ("2026-05-31", "received", 2)
    [vendor] = await rows(engine, tenant, "vendors")
    assert (vendor["name"], vendor["category"]) == ("DigitalOcean", "cloud")
    usage, tax = await stored_lines(engine, row["id"])
    assert (usage["line_key"], str(usage["amount"]), usage["amount_minor"]) == ("usage", "79.02", 7902)
    assert (usage["product_group"], usage["project"], usage["resource_id"]) == ("Compute", "shop", "r-1")
    assert (tax["product"], tax["quantity"]) == ("Taxes", None)


async def test_a_change_replaces_all_lines(service: Importer, engine: AsyncEngine, tenant: str) -> None:
    await service.send(invoice("u-1"))
    line = {"line_key": "other", "charge_category": "Credit", "amount": "-5.00", "amount_minor": -500}
    changed = invoice("u-1", net=-500, tax=0, lines=[line], version=2)
    answer = await service.send(changed)
    assert (answer.status_code, answer.json()["action"]) == (200, "updated")
    [row] = await rows(engine, tenant)
    assert (row["gross_minor"], row["version"]) == (-500, 2)
    assert [each["line_key"] for each in await stored_lines(engine, row["id"])] == ["other"]


async def test_a_hundred_imports_at_once_make_one_payable(service: Importer, engine: AsyncEngine, tenant: str) -> None:
    answers = await asyncio.gather(*(service.send(invoice("u-1")) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [200] * 99 + [201]
    assert sorted(answer.json()["action"] for answer in answers) == ["created"] + ["updated"] * 99
    assert len({answer.json()["invoice_id"] for answer in answers}) == 1
    [row] = await rows(engine, tenant)
    assert len(await rows(engine, tenant, "vendors")) == 1
    assert len(await stored_lines(engine, row["id"])) == 2


async def test_different_versions_at_once_leave_one_of_them_whole(
    service: Importer, engine: AsyncEngine, tenant: str
) -> None:
    """Net and lines are of the same import, and the newest version wins whatever the order."""
    bodies = [invoice("u-1", net=1000 + version, tax=0, version=version) for version in range(1, 31)]
    answers = await asyncio.gather(*(service.send(body) for body in bodies))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    [row] = await rows(engine, tenant)
    assert (row["version"], row["net_minor"]) == (30, 1030)
    assert [each["amount_minor"] for each in await stored_lines(engine, row["id"])] == [1030, 0]


async def test_two_tenants_and_two_sources_have_their_own(
    importer: Callable[[str], Importer], engine: AsyncEngine, tenant: str
) -> None:
    one, other = importer(tenant), importer(f"{tenant}-2")
    for service, body in (
        (one, invoice("u-1")),
        (other, invoice("u-1")),
        (one, invoice("u-1", source="aws", vendor={"name": "AWS"})),
    ):
        assert (await service.send(body)).status_code == 201
    assert [len(await rows(engine, each)) for each in (tenant, f"{tenant}-2")] == [2, 1]
    assert [len(await rows(engine, each, "vendors")) for each in (tenant, f"{tenant}-2")] == [2, 1]


async def test_a_vendor_is_known_in_any_case(service: Importer, engine: AsyncEngine, tenant: str) -> None:
    await service.send(invoice("u-1"))
    await service.send(invoice("u-2", vendor={"name": "  digitalocean "}))
    assert [row["name"] for row in await rows(engine, tenant, "vendors")] == ["DigitalOcean"]
    assert len({row["vendor_id"] for row in await rows(engine, tenant)}) == 1


async def test_a_body_cannot_name_the_tenant(service: Importer, engine: AsyncEngine, tenant: str) -> None:
    answer = await service.send(invoice("u-1", tenant_id="another"))
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["path"] == "tenant_id"
    assert await rows(engine, tenant) == []


class TestClosed:
    async def test_a_paid_payable_keeps_its_money(
        self, service: Importer, editor: Caller, manager: Caller, engine: AsyncEngine, tenant: str
    ) -> None:
        payable = (await service.send(invoice("u-1"))).json()["invoice_id"]
        await editor.post(f"/payables/{payable}/approve", {})
        paid = await manager.post(f"/payables/{payable}/mark-paid", {"paid_on": "2026-02-28", "reference": "TT-1"})
        assert paid.status_code == 200
        same = await service.send(invoice("u-1"))
        assert (same.status_code, same.json()["action"]) == (200, "unchanged")
        texts = await service.send(invoice("u-1", external_number="2"))
        assert (texts.status_code, texts.json()["action"]) == (200, "unchanged")
        before = await rows(engine, tenant)
        refused = await service.send(invoice("u-1", net=8002, vendor={"name": "Somebody"}))
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
        error = refused.json()["error"]
        assert error["details"]["reason"] == "PayableClosed"
        assert "has net 79.02 and tax 7.90 USD; the import has net 80.02 and tax 7.90 USD" in error["message"]
        assert await rows(engine, tenant) == before
        assert [row["name"] for row in await rows(engine, tenant, "vendors")] == ["DigitalOcean"]

    async def test_a_locked_one_too_until_it_is_unlocked(self, service: Importer, manager: Caller) -> None:
        payable = (await service.send(invoice("u-1"))).json()["invoice_id"]
        await manager.post(f"/payables/{payable}/lock", {"reason": "in dispute"})
        changed = invoice("u-1", net=8002)
        assert (await service.send(changed)).status_code == 409
        await manager.post(f"/payables/{payable}/unlock", {"reason": "settled"})
        assert (await service.send(changed)).json()["action"] == "updated"

    async def test_other_money_takes_the_approval_back(self, service: Importer, editor: Caller, viewer: Caller) -> None:
        payable = (await service.send(invoice("u-1"))).json()["invoice_id"]
        await editor.post(f"/payables/{payable}/approve", {})
        await service.send(invoice("u-1", net=8002))
        detail = (await viewer.get(f"/payables/{payable}")).json()["data"]
        assert (detail["payable"]["status"], detail["payable"]["approved_by"]) == ("received", None)
        assert [event["action"] for event in detail["log"]] == ["import", "approve", "import"]
        assert detail["log"][2]["changes"]["net_minor"] == ["7902", "8002"]
        assert detail["log"][2]["by"].startswith("aktum for tenant-")

    async def test_an_older_version_is_refused(self, service: Importer) -> None:
        await service.send(invoice("u-1", version=2))
        refused = await service.send(invoice("u-1", net=8002, version=1))
        assert (refused.status_code, refused.json()["error"]["details"]["reason"]) == (409, "OlderVersion")


class TestInvalid:
    @pytest.mark.parametrize(
        ("change", "path", "message"),
        [
            (
                {"amount_gross_minor": 8693},
                "amount_gross_minor",
                "must be amount_net_minor + amount_tax_minor, 7902 + 790 = 8692; it is 8693",
            ),
            ({"lines": []}, "lines", "their amount_minor must add up to amount_gross_minor, 8692; they add up to 0"),
            ({"currency": "EURO"}, "currency", "must be one of"),
            ({"vendor": {"category": "cloud"}}, "vendor.name", "is required"),
            ({"period_end": "1 May"}, "period_end", "must be a date such as"),
            ({"amount_tax_minor": 7.9}, "amount_tax_minor", "must be a whole number"),
            ({"external_id": "a\x00b"}, "body", "external_id holds a NUL character"),
        ],
    )
    async def test_each_wrong_field_is_named(
        self, service: Importer, engine: AsyncEngine, tenant: str, change: dict[str, Any], path: str, message: str
    ) -> None:
        answer = await service.send({**invoice("u-1"), **change})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, "VALIDATION_ERROR")
        assert error["details"][0]["path"] == path
        assert error["details"][0]["message"].startswith(message)
        assert await rows(engine, tenant) == []

    async def test_every_missing_field_is_listed(self, service: Importer) -> None:
        answer = await service.send({})
        paths = {found["path"] for found in answer.json()["error"]["details"]}
        required = {name for name, field in ImportInvoice.model_fields.items() if field.is_required()}
        assert (answer.status_code, paths) == (422, required)

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"source": 1e999999}', b'{"a": 1, "a": 2}', b"\xf0("])
    async def test_a_body_that_is_no_invoice(self, http: httpx.AsyncClient, tenant: str, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {token(tenant)}", "Content-Type": "application/json"}
        answer = await http.post(IMPORT, content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
        assert answer.json()["error"]["details"]

    async def test_an_amount_may_be_a_number_and_stays_exact(
        self, http: httpx.AsyncClient, engine: AsyncEngine, tenant: str
    ) -> None:
        exact = "0.1234567890123456789"
        line = {"line_key": "a", "charge_category": "Usage", "amount": "EXACT", "amount_minor": 12}
        body = json.dumps(invoice("u-1", net=12, tax=0, lines=[line])).replace('"EXACT"', exact)
        headers = {"Authorization": f"Bearer {token(tenant)}", "Content-Type": "application/json"}
        payable = (await http.post(IMPORT, content=body, headers=headers)).json()["invoice_id"]
        [stored] = await stored_lines(engine, payable)
        assert str(stored["amount"]) == exact


class TestFind:
    async def test_by_the_key_of_the_tenant(
        self, service: Importer, importer: Callable[[str], Importer], tenant: str
    ) -> None:
        made = (await service.send(invoice("u-1"))).json()["invoice_id"]
        digest = ImportInvoice.model_validate(invoice("u-1")).digest
        found = {"invoice_id": made, "source": "digitalocean", "external_id": "u-1", "content_digest": digest}
        key = {"source": "digitalocean", "external_id": "u-1"}
        assert (await service.find(**key)).json() == {"invoices": [found]}
        for other in (
            await service.find(**{**key, "external_id": "u-2"}),
            await importer(f"{tenant}-2").find(**key),
        ):
            assert (other.status_code, other.json()) == (200, {"invoices": []})

    async def test_a_key_that_is_incomplete(self, service: Importer) -> None:
        answer = await service.find(source="digitalocean")
        assert (answer.status_code, answer.json()["error"]["details"][0]["path"]) == (422, "external_id")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("gross_minor = 1", "ck_payables_gross"),
        ("status = 'paid'", "ck_payables_paid"),
        ("status = 'gone'", "ck_payables_status"),
    ],
)
async def test_the_database_refuses_what_cannot_be(
    service: Importer, engine: AsyncEngine, change: str, constraint: str
) -> None:
    payable = (await service.send(invoice("u-1"))).json()["invoice_id"]
    with pytest.raises(DBAPIError, match=constraint):
        async with engine.begin() as connection:
            await connection.execute(text(f"UPDATE payables SET {change} WHERE id = :id"), {"id": payable})


async def test_the_log_cannot_be_rewritten(service: Importer, engine: AsyncEngine) -> None:
    payable = (await service.send(invoice("u-1"))).json()["invoice_id"]
    for statement in ("DELETE FROM payable_events", "UPDATE payable_events SET seq = 2"):
        with pytest.raises(DBAPIError):
            async with engine.begin() as connection:
                await connection.execute(text(f"{statement} WHERE payable_id = :id"), {"id": payable})
