"""Every kind of fault with both clients: the error of the client, and the number of effects that exist."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from activities.clients.didox.client import ActDraft, Didox
from activities.clients.errors import Ambiguous, ClientError, RateLimited, Transient
from activities.clients.planfact import client as planfact
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import OperationKind, ShipmentDraft
from tests.clients.conftest import TIMEOUT_SECONDS
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sandboxes import COMPANY_ID, PLANFACT_KEY, Sandbox, Sandboxes

# fault, what it needs, what the client raises on a write, effects that are there afterwards
WRITES: list[tuple[str, dict[str, Any], type[ClientError], int]] = [
    ("status", {"status": 503}, Ambiguous, 0),
    ("html_502", {}, Ambiguous, 0),
    ("reset_before", {}, Ambiguous, 0),
    ("commit_then_reset", {}, Ambiguous, 1),
    ("delay", {"seconds": 3}, Ambiguous, 1),
    ("empty_200", {}, Ambiguous, 1),
    ("malformed_body", {}, Ambiguous, 1),
    ("status", {"status": 429}, RateLimited, 0),
    ("one_writer_lock", {}, RateLimited, 0),
]
READS = [(kind, more) for kind, more, _, _ in WRITES]


@asynccontextmanager
async def timeout_for(kind: str, client: PlanFact | Didox) -> AsyncIterator[None]:
    """Set a timeout below the delay; other requests keep their timeout for a busy machine."""
    usual = client._http.timeout
    client._http.timeout = httpx.Timeout(1) if kind == "delay" else usual
    yield
    client._http.timeout = usual


async def create_once(create: Callable[[], Awaitable[object]], find: Callable[[], Awaitable[list[Any]]]) -> None:
    """Search for the marker and create the record only if it is missing, as the next attempt of an activity does."""
    if not await find():
        await create()


async def until_there(sandbox: Sandbox, count: int) -> None:
    """Wait for the effects: a client may time out before the sandbox has stored them."""

    async def effects() -> int:
        return len(sandbox.effects())

    assert await eventually(effects, lambda found: found >= count) == count


class TestPlanFact:
    @pytest.mark.parametrize(("kind", "more", "error", "effects"), WRITES)
    async def test_write(
        self,
        planfact_sandbox: Sandbox,
        books: PlanFact,
        shipment: ShipmentDraft,
        kind: str,
        more: dict[str, Any],
        error: type[ClientError],
        effects: int,
    ) -> None:
        planfact_sandbox.fault(kind, method="POST", path="shipment", **more)
        async with timeout_for(kind, books):
            with pytest.raises(error) as raised:
                await books.create_shipment(shipment)
        assert type(raised.value) is error
        await until_there(planfact_sandbox, effects)
        assert len(await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]")) == effects

    @pytest.mark.parametrize(("kind", "more"), READS)
    async def test_read(self, planfact_sandbox: Sandbox, books: PlanFact, kind: str, more: dict[str, Any]) -> None:
        planfact_sandbox.fault(kind, path="operations/list", **more)
        async with timeout_for(kind, books):
            with pytest.raises(Transient):
                await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]")
        assert await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]") == []

    @pytest.mark.parametrize("kind", ["reset_before", "commit_then_reset", "empty_200", "malformed_body"])
    async def test_looking_first_makes_it_once(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft, kind: str
    ) -> None:
        planfact_sandbox.fault(kind, method="POST", path="shipment")
        with pytest.raises(Ambiguous):
            await books.create_shipment(shipment)
        await create_once(
            lambda: books.create_shipment(shipment), lambda: books.find_operations(OperationKind.SHIPMENT, "[inv:0193]")
        )
        assert len(planfact_sandbox.effects()) == 1

    async def test_a_lost_answer_to_a_deletion(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        created = await books.create_shipment(shipment)
        planfact_sandbox.fault("commit_then_reset", method="DELETE")
        with pytest.raises(Ambiguous):
            await books.delete_operation(created.id)
        assert await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]") == []

    async def test_a_closed_port(self, shipment: ShipmentDraft) -> None:
        with socket.socket() as taken:  # bound but not listening, so a connection is refused
            taken.bind(("127.0.0.1", 0))
            async with planfact.connect(
                f"http://127.0.0.1:{taken.getsockname()[1]}", PLANFACT_KEY, TIMEOUT_SECONDS
            ) as http:
                with pytest.raises(Transient, match="could not be reached"):
                    await PlanFact(http, COMPANY_ID).create_shipment(shipment)


class TestDidox:
    @pytest.mark.parametrize(("kind", "more", "error", "effects"), WRITES)
    async def test_write(
        self,
        didox_sandbox: Sandbox,
        operator: Didox,
        act: ActDraft,
        kind: str,
        more: dict[str, Any],
        error: type[ClientError],
        effects: int,
    ) -> None:
        didox_sandbox.fault(kind, method="POST", path="create", **more)
        async with timeout_for(kind, operator):
            with pytest.raises(error) as raised:
                await operator.create_act(act)
        assert type(raised.value) is error
        await until_there(didox_sandbox, effects)
        assert len(await operator.find_acts("17", "123456789")) == effects

    @pytest.mark.parametrize(("kind", "more"), READS)
    async def test_read(self, didox_sandbox: Sandbox, operator: Didox, kind: str, more: dict[str, Any]) -> None:
        didox_sandbox.fault(kind, path="/v2/documents", **more)
        async with timeout_for(kind, operator):
            with pytest.raises(Transient):
                await operator.find_acts("17", "123456789")
        assert await operator.find_acts("17", "123456789") == []

    async def test_looking_first_makes_it_once(self, didox_sandbox: Sandbox, operator: Didox, act: ActDraft) -> None:
        didox_sandbox.fault("commit_then_reset", path="create")
        with pytest.raises(Ambiguous):
            await operator.create_act(act)
        await create_once(lambda: operator.create_act(act), lambda: operator.find_acts("17", "123456789"))
        assert len(didox_sandbox.effects()) == 1


class TestPlan:
    @pytest.fixture
    def http(self, planfact_sandbox: Sandbox) -> httpx.Client:
        return httpx.Client(base_url=planfact_sandbox.url, headers={"X-ApiKey": PLANFACT_KEY.get_secret_value()})

    def test_a_reset_is_a_real_one(self, planfact_sandbox: Sandbox) -> None:
        planfact_sandbox.fault("reset_before")
        address = httpx.URL(planfact_sandbox.url)
        with socket.create_connection((address.host, address.port or 0)) as connection:
            connection.sendall(b"GET /planfact/api/v1/companies HTTP/1.1\r\nHost: sandbox\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                connection.recv(1)

    async def test_an_effect_that_is_stored_late(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        """The connection is reset at once; until then no effect exists and the write lock is free."""
        planfact_sandbox.fault("late_commit", path="shipment", seconds=3)
        with pytest.raises(Ambiguous):
            await books.create_shipment(shipment)
        assert planfact_sandbox.effects() == []
        second = await books.create_shipment(shipment)
        await eventually(
            lambda: books.find_operations(OperationKind.SHIPMENT, "[inv:0193]"), lambda found: len(found) == 2
        )
        assert str(second.id) in {effect["id"] for effect in planfact_sandbox.effects()}

    def test_times_match_and_order(self, planfact_sandbox: Sandbox, http: httpx.Client) -> None:
        planfact_sandbox.fault("status", path="projects", status=503, times=2)
        planfact_sandbox.fault("status", method="get", path="projects", status=418)
        planfact_sandbox.fault("status", method="POST", status=500)
        assert http.get("/api/v1/companies").status_code == 200
        assert [http.get("/api/v1/projects").status_code for _ in range(4)] == [503, 503, 418, 200]
        assert http.post("/api/v1/deals/list", json={}).status_code == 500
        assert http.post("/api/v1/deals/list", json={}).status_code == 200

    def test_every_request_is_recorded(self, planfact_sandbox: Sandbox, http: httpx.Client) -> None:
        planfact_sandbox.fault("reset_before", path="deals")
        with pytest.raises(httpx.TransportError):
            http.post("/api/v1/deals/list", json={"searchString": "APP-001"})
        http.get("/api/v1/projects", params={"filter.title": "x"})
        first, second = planfact_sandbox.requests()
        assert (first["n"], first["method"], first["path"]) == (1, "POST", "/api/v1/deals/list")
        assert (first["status"], first["fault"], first["json"]) == (None, "reset_before", {"searchString": "APP-001"})
        assert (second["n"], second["status"], second["fault"]) == (2, 200, None)
        assert second["query"] == "filter.title=x"

    def test_an_invalid_fault_is_refused(self, planfact_sandbox: Sandbox) -> None:
        for plan in (
            *({"kind": "status"}, {"kind": "delay"}, {"kind": "late_commit"}),
            *({"kind": "flood"}, {"kind": "empty_200", "status": 200}),
        ):
            assert httpx.post(f"{planfact_sandbox.url}/__sandbox/faults", json=plan).is_client_error


def test_the_state_survives_a_kill(tmp_path: Path) -> None:
    sandboxes = Sandboxes(tmp_path)
    sandbox = sandboxes.vendor("didox")
    try:
        sandbox.fault("status", path="never-asked", status=500)
        sandbox.admin("clock", {"seconds": 3600})
        key = {"Partner-Authorization": "test-partner-token"}
        login = f"{sandbox.url}/v1/auth/309630523/password/ru"
        assert httpx.post(login, json={"password": "wrong"}, headers=key).status_code == 422
        before = (sandbox.requests(), httpx.get(f"{sandbox.url}/__sandbox/faults").json())
        sandboxes.kill()
        sandboxes.start()
        assert (sandbox.requests(), httpx.get(f"{sandbox.url}/__sandbox/faults").json()) == before
    finally:
        sandboxes.kill()


async def test_an_effect_survives_a_kill(tmp_path: Path, shipment: ShipmentDraft) -> None:
    sandboxes = Sandboxes(tmp_path)
    sandbox = sandboxes.vendor("planfact")
    contract = {"application_key": "APP-001", "customer_name": "Acme Corp", "tin": "123456789"}
    sandbox.admin("seed", {"applications": [contract]})
    try:
        async with planfact.connect(sandbox.url, PLANFACT_KEY, TIMEOUT_SECONDS) as http:
            books = PlanFact(http, COMPANY_ID)
            first = await books.create_shipment(shipment)
            sandboxes.kill()
            sandboxes.start()
            assert await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]") == [first]
            second = await books.create_shipment(shipment)
        assert second.id == first.id + 1
        assert len(sandbox.effects()) == 2
    finally:
        sandboxes.kill()
