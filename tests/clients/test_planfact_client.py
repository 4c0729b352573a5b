"""The client of PlanFact against its sandbox: exact searches, exact amounts, refusals with the vendor's message."""

import asyncio
import json
from datetime import date, timedelta
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from activities.clients.errors import Ambiguous, NotFound, Permanent, RateLimited, Transient
from activities.clients.planfact import client
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import OperationKind, ShipmentDraft
from tests.clients.conftest import TIMEOUT_SECONDS
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sandboxes import COMPANY_ID, PLANFACT_KEY, Sandbox


def seed(sandbox: Sandbox, *keys: str, **flags: bool) -> None:
    contracts = [{"application_key": key, "customer_name": "Acme Corp", "tin": "123456789", **flags} for key in keys]
    sandbox.admin("seed", {"applications": contracts})


def answering(*replies: httpx.Response) -> PlanFact:
    left = iter(replies)
    transport = httpx.MockTransport(lambda _: next(left))
    return PlanFact(httpx.AsyncClient(base_url="http://planfact", transport=transport), COMPANY_ID)


def listing(items: list[dict[str, object]], total: int) -> httpx.Response:
    return httpx.Response(200, json={"isSuccess": True, "data": {"items": items, "total": total}})


def operation(number: int, comment: str, kind: str = "Shipment") -> dict[str, object]:
    return {"operationId": number, "operationType": kind, "value": 1, "comment": comment}


class TestLookups:
    async def test_deal_and_project_are_of_exactly_the_key(self, planfact_sandbox: Sandbox, books: PlanFact) -> None:
        seed(planfact_sandbox, "APP-10", "APP-1", "XAPP-1")
        deal, project = await books.find_deal("APP-1"), await books.find_project("APP-1")
        assert deal is not None
        assert deal.title == "[APP-1] Acme Corp"
        assert project is not None
        assert project.external_id == "APP-1"

    async def test_a_substring_is_not_a_deal(self, books: PlanFact) -> None:
        assert await books.find_deal("APP-00") is None
        assert await books.find_project("APP-00") is None

    async def test_category_must_be_income(self, books: PlanFact) -> None:
        category = await books.find_category("Продажа услуг")
        assert category is not None
        assert category.type == "Income"
        assert await books.find_category("Аренда") is None
        assert await books.find_category("Продажа") is None

    async def test_an_open_deal_goes_before_a_closed_one(self) -> None:
        closed = {"dealId": 1, "title": "[APP-1] old", "contractorId": 9, "closed": True}
        current = {"dealId": 2, "title": "[APP-1] new", "contractorId": 9, "closed": False}
        deal = await answering(listing([closed, current], 2)).find_deal("APP-1")
        assert deal is not None
        assert deal.id == 2

    async def test_two_open_deals_are_refused(self) -> None:
        twins: list[dict[str, object]] = [
            {"dealId": number, "title": "[APP-1] twin", "contractorId": 9} for number in (1, 2)
        ]
        with pytest.raises(Permanent, match="2 deals for APP-1"):
            await answering(listing(twins, 2)).find_deal("APP-1")


class TestShipment:
    async def test_is_created_read_found_and_deleted(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        created = await books.create_shipment(shipment)
        assert created.value == Decimal("15825000.00")  # 15 000 000.00 + 825 000.00
        assert created.day == date(2026, 2, 28)
        assert created.deal_id == shipment.deal_id
        assert created.external_id == "inv:0193"
        assert await books.get_operation(created.id) == created
        assert await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]") == [created]
        assert len(planfact_sandbox.effects()) == 1

        await books.delete_operation(created.id)
        assert await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]") == []
        assert planfact_sandbox.effects() == []
        with pytest.raises(NotFound):
            await books.delete_operation(created.id)

    async def test_amounts_keep_all_digits_in_both_directions(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        # 2**53 + 1 and some tiyin, which a float cannot represent.
        line = shipment.lines[0].model_copy(update={"value": Decimal("9007199254740993.01")})
        created = await books.create_shipment(shipment.model_copy(update={"lines": (line,)}))
        assert created.value == Decimal("9007199254740993.01")
        sent = [row for row in planfact_sandbox.requests() if row["path"].endswith("/shipment")]
        assert '"value":9007199254740993.01' in sent[0]["body"]

    async def test_the_body_of_a_shipment(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        await books.create_shipment(shipment)
        sent = next(row for row in planfact_sandbox.requests() if row["path"].endswith("/shipment"))
        body = json.loads(sent["body"])
        assert body["companyId"] == 146673
        assert body["calculationDate"] == "2026-02-28"
        assert [item["productId"][:8] for item in body["items"]] == ["d9c144af", "b78ac753"]
        assert {item["sellingDealId"] for item in body["items"]} == {shipment.deal_id}

    async def test_only_the_marker_itself_is_found(self, books: PlanFact, shipment: ShipmentDraft) -> None:
        for comment in ("Акт [inv:1]", "Акт [inv:12]", "Акт [INV:1]"):
            await books.create_shipment(shipment.model_copy(update={"comment": comment}))
        assert [row.comment for row in await books.find_operations(OperationKind.SHIPMENT, "[inv:1]")] == [
            "Акт [inv:1]"
        ]

    async def test_planfact_does_not_prevent_duplicates(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        first, second = await books.create_shipment(shipment), await books.create_shipment(shipment)
        assert first.id != second.id
        assert (
            len(planfact_sandbox.effects())
            == len(await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]"))
            == 2
        )


class TestRefusals:
    @pytest.mark.parametrize(
        ("flag", "words"),
        [("deal_closed", "закрыта"), ("project_closed", "завершён"), ("customer_archived", "в архиве")],
    )
    async def test_200_without_success(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft, flag: str, words: str
    ) -> None:
        seed(planfact_sandbox, "APP-001", **{flag: True})
        with pytest.raises(Permanent, match=words) as refusal:
            await books.create_shipment(shipment)
        assert refusal.value.status == 200
        assert words in refusal.value.vendor_message
        assert planfact_sandbox.effects() == []

    async def test_outcome_category(self, books: PlanFact, shipment: ShipmentDraft) -> None:
        with pytest.raises(Permanent, match="не поддерживает начисление"):
            await books.create_shipment(shipment.model_copy(update={"category_id": 60}))

    async def test_wrong_key(self, planfact_sandbox: Sandbox) -> None:
        async with client.connect(planfact_sandbox.url, SecretStr("wrong"), TIMEOUT_SECONDS) as http:
            with pytest.raises(Permanent, match="API key") as refusal:
                await PlanFact(http, COMPANY_ID).find_deal("APP-001")
        assert refusal.value.status == 401

    async def test_missing_access_is_refused(self, planfact_sandbox: Sandbox, shipment: ShipmentDraft) -> None:
        async with client.connect(planfact_sandbox.url, PLANFACT_KEY, TIMEOUT_SECONDS) as http:
            with pytest.raises(Permanent, match="no access") as refusal:
                await PlanFact(http, COMPANY_ID + 1).create_shipment(shipment)
        assert refusal.value.vendor_message == "Forbidden"


class TestLists:
    async def test_pages_are_read_to_the_end_and_checked_again(self) -> None:
        first = [operation(n, "[inv:1]") for n in range(500)]
        rest = [operation(500, "[inv:1]"), operation(501, "[inv:1]", "Income"), operation(502, "other")]
        found = await answering(listing(first, 503), listing(rest, 503)).find_operations(
            OperationKind.SHIPMENT, "[inv:1]"
        )
        assert [row.id for row in found] == list(range(501))

    async def test_a_truncated_list_is_not_empty(self) -> None:
        rows = [operation(n, "other") for n in range(10_000)]
        with pytest.raises(Transient, match="truncated list"):
            await answering(listing(rows, 0)).find_operations(OperationKind.SHIPMENT, "[inv:1]")

    async def test_success_without_the_operation(self, shipment: ShipmentDraft) -> None:
        with pytest.raises(Ambiguous):
            await answering(httpx.Response(200, json={"isSuccess": True, "data": None})).create_shipment(shipment)


class TestServiceBehaviour:
    """The behaviour of the real service that the client depends on, as the sandbox reproduces it."""

    @pytest.fixture
    async def http(self, books: PlanFact) -> httpx.AsyncClient:
        return books._http

    async def test_an_unknown_filter_returns_everything(
        self, planfact_sandbox: Sandbox, http: httpx.AsyncClient
    ) -> None:
        seed(planfact_sandbox, "APP-002")
        known = await http.get("/api/v1/projects", params={"filter.externalId": "APP-002"})
        misspelt = await http.get("/api/v1/projects", params={"filter.externalID": "APP-002"})
        assert known.json()["data"]["total"] == 1
        assert misspelt.json()["data"]["total"] == 2

    async def test_a_date_window_hides_shipments(
        self, books: PlanFact, http: httpx.AsyncClient, shipment: ShipmentDraft
    ) -> None:
        await books.create_shipment(shipment)
        window = {"operationDateStart": "2020-01-01", "operationDateEnd": "2030-01-01"}
        for search, total in (({"searchString": "[INV:0193]"}, 1), ({"searchString": "[inv:0193]", **window}, 0)):
            answer = await http.post("/api/v1/operations/list", json=search)
            assert answer.json()["data"]["total"] == total

    async def test_quota_headers(self, http: httpx.AsyncClient) -> None:
        first, second = await http.get("/api/v1/companies"), await http.get("/api/v1/companies")
        assert [answer.headers["X-Quota-Used"] for answer in (first, second)] == ["0", "1"]
        assert second.headers["X-Quota-Remaining"] == str(int(second.headers["X-Quota-Limit"]) - 1)

    async def test_one_write_at_a_time(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft, http: httpx.AsyncClient
    ) -> None:
        planfact_sandbox.fault("delay", path="shipment", seconds=3)
        processes = [PlanFact(http, COMPANY_ID) for _ in range(3)]
        outcomes = await asyncio.gather(*(each.create_shipment(shipment) for each in processes), return_exceptions=True)
        limits = [outcome for outcome in outcomes if isinstance(outcome, RateLimited)]
        assert len(limits) == 2
        assert limits[0].retry_after == timedelta(seconds=3)  # PlanFact recommends 2 to 5
        assert len(planfact_sandbox.effects()) == 1


class TestConcurrentWrites:
    async def test_writes_of_one_process_wait_and_searches_do_not(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        planfact_sandbox.fault("delay", path="shipment", seconds=3)
        writing = [asyncio.create_task(books.create_shipment(shipment)) for _ in range(5)]
        await eventually(lambda: books.find_operations(OperationKind.SHIPMENT, "[inv:0193]"), bool)
        assert not any(write.done() for write in writing)
        first, *_ = await asyncio.gather(*writing)
        await asyncio.gather(books.delete_operation(first.id), books.create_shipment(shipment))
        assert len(planfact_sandbox.effects()) == 5
        assert {request["status"] for request in planfact_sandbox.requests()} == {200}

    async def test_a_write_that_waits_too_long_sends_nothing(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        planfact = PlanFact(books._http, COMPANY_ID, write_wait_seconds=0.2)
        planfact_sandbox.fault("delay", path="shipment", seconds=3)
        first = asyncio.create_task(planfact.create_shipment(shipment))
        await eventually(lambda: planfact.find_operations(OperationKind.SHIPMENT, "[inv:0193]"), bool)
        with pytest.raises(Transient, match="one write at a time"):
            await planfact.create_shipment(shipment)
        await first
        assert len(planfact_sandbox.effects()) == 1
        await planfact.create_shipment(shipment)
