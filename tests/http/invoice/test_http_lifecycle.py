"""One invoice from preview to closed over HTTP, with the real Temporal, PostgreSQL, ClickHouse engine and worker.

Mail and vendors are not configured, so a person resolves the delivery.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine
from temporalio.client import Client

from activities.database.database_url import psycopg_url
from api.app import create_app
from local.seed import seed_terms, seed_users
from local.stack.credentials import SeedUser
from models.invoice.status import Status
from settings import AuthSettings, ClickHouseSettings, Settings, TemporalSettings
from tests.fixtures.invoice_driver import eventually
from tests.http.callers import Caller, data_of, error_of
from worker import running
from workflows.client.workers import ACTIVITIES, WORKFLOWS

DATES = {"period_start": "2026-02-01", "period_end": "2026-02-28"}  # the full month before the demo's 18 March
PASSWORD = "a long password"


@pytest.fixture
async def stack_settings(temporal: Client, empty_database_url: str, demo_clickhouse_url: str) -> Settings:
    engine = create_engine(psycopg_url(empty_database_url))
    assert seed_terms(engine)
    users = [SeedUser(username=role, password=PASSWORD, role=role) for role in ("viewer", "editor", "manager")]
    await seed_users(empty_database_url, users)
    engine.dispose()
    return Settings(
        database_url=SecretStr(empty_database_url),
        auth=AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough")),
        temporal=TemporalSettings(address=temporal.service_client.config.target_host),
        clickhouse=ClickHouseSettings(url=SecretStr(demo_clickhouse_url)),
    )


@pytest.fixture
async def client(stack_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(stack_settings)
    transport = httpx.ASGITransport(app)
    async with (
        running(stack_settings),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api", timeout=60) as client,
    ):
        yield client


async def user(client: httpx.AsyncClient, name: str) -> Caller:
    login = await client.post("/api/v1/auth/login", json={"username": name, "password": PASSWORD})
    return Caller(client, {"Authorization": f"Bearer {data_of(login)['token']}"})


async def test_without_a_worker_the_api_is_degraded_and_reads(stack_settings: Settings, own_temporal: Client) -> None:
    """A load balancer keeps such an API, because no other copy of it could do more."""
    temporal = stack_settings.temporal.model_copy(update={"namespace": own_temporal.namespace})
    app = create_app(stack_settings.model_copy(update={"temporal": temporal}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client,
    ):
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        checks = answer.json()["checks"]
        worker = checks.pop("worker")
        assert checks == dict.fromkeys(("postgres", "schema", "clickhouse", "temporal"), "ok")
        assert "no worker" in worker
        assert all(kind in worker for kind in (WORKFLOWS, ACTIVITIES))
        assert (await (await user(client, "viewer")).get("/invoices")).json()["data"] == []


async def test_from_preview_to_closed(client: httpx.AsyncClient) -> None:
    viewer, editor, manager = [await user(client, name) for name in ("viewer", "editor", "manager")]

    async def readiness() -> dict[str, Any]:
        found: dict[str, Any] = (await client.get("/readyz")).json()
        return found

    checks = dict.fromkeys(("postgres", "schema", "clickhouse", "temporal", "worker"), "ok")
    await eventually(readiness, lambda found: found == {"status": "ready", "checks": checks})
    found = (await viewer.get("/clients", params={"search": "acme"})).json()
    assert [row["application_key"] for row in found["data"]] == ["APP-001"]

    # Preview and draft: the example of docs/specification/pricing.md 4.8: 15,000,000 + 5.50 h x 150,000
    asked = {"application_key": "APP-001", **DATES}
    prefilled = data_of(await editor.post("/invoices/prefill", asked))
    assert [prefilled["total_hours"], prefilled["total_amount"]] == ["45.50", "15825000.00"]
    draft = data_of(await editor.post("/invoices/generate", prefilled | {"base_amount": "14000000.00"}), 201)
    assert [draft["status"], draft["revision"], draft["total_amount"]] == ["draft", 2, "14825000.00"]
    path = f"/invoices/{draft['id']}"
    assert data_of(await editor.post("/invoices/generate", asked), 200)["id"] == draft["id"]

    # Two people edit at once: the second gets a conflict with the current invoice
    edit = {"expected_revision": 2, "base_amount": "15000000.00", "note": "no discount after all"}
    edited = data_of(await editor.patch(path, edit))
    assert [edited["revision"], edited["total_amount"]] == [3, "15825000.00"]
    stale = error_of(await manager.patch(path, edit), 409, "CONFLICT")["details"]
    assert [stale["expected_revision"], stale["current_revision"], stale["current"]["revision"]] == [2, 3, 3]

    # Review and approval
    error_of(await viewer.get(f"{path}/pdf"), 404, "NOT_FOUND")
    shown = data_of(await editor.post(f"{path}/finalize", headers={"Idempotency-Key": "f-1"}))
    assert shown["status"] == "needs_review"
    assert shown["display_number"]
    pdf = await viewer.get(f"{path}/pdf")
    assert [pdf.status_code, pdf.content[:5], pdf.headers["ETag"]] == [
        200,
        b"%PDF-",
        f'"{shown["document"]["sha256"]}"',
    ]
    repeated = data_of(await editor.post(f"{path}/finalize", headers={"Idempotency-Key": "f-1"}))
    assert repeated["display_number"] == shown["display_number"]
    held = {"Idempotency-Key": "h-1"}
    data_of(await manager.post(f"{path}/hold", {"reason": "the client asked for a day"}, headers=held))
    other = await manager.post(f"{path}/hold", {"reason": "the client asked for a week"}, headers=held)
    assert error_of(other, 409, "CONFLICT")["details"]["reason"] == "KeyReused"
    data_of(await manager.post(f"{path}/release"))
    error_of(await editor.post(f"{path}/approve", {"digest": shown["digest"]}), 403, "FORBIDDEN")
    assert data_of(await manager.post(f"{path}/approve", {"digest": shown["digest"]}))["status"] == "approved"
    refused = error_of(await editor.post(f"{path}/finalize"), 409, "CONFLICT")
    assert "deliver" in refused["details"]["allowed"]

    # Delivery: no channel is configured, so a person records the outcome
    data_of(await manager.post(f"{path}/deliver", {"channel": "email"}))

    async def invoice() -> dict[str, Any]:
        seen: dict[str, Any] = data_of(await manager.get(path))
        return seen

    blocked = await eventually(invoice, lambda seen: bool(seen["blocked"]))
    [failed] = [effect for effect in blocked["effects"] if effect["needs_a_person"]]
    resolution = {"effect_id": failed["key"], "outcome": "done", "note": "handed over on paper"}
    assert data_of(await manager.post(f"{path}/resolve_effect", resolution))["status"] == Status.SENT

    # Two payments, the second sent twice at the same time with one key
    payment = {"payment_id": "b-1", "paid_on": "2026-03-18", "amount": "825000.00", "reference": "act"}
    part = data_of(await editor.post(f"{path}/record_payment", payment))
    assert [part["status"], part["balance"]] == ["accepted", "15000000.00"]
    error_of(
        await editor.post(f"{path}/reverse_payment", {"payment_id": "b-1", "reason": "typed twice"}), 403, "FORBIDDEN"
    )
    wrong = {"payment_id": "b-1", "reason": "825,000.00 came for another act"}
    reversed_ = data_of(await manager.post(f"{path}/reverse_payment", wrong))
    assert [reversed_["status"], reversed_["balance"], reversed_["accepted"]] == ["sent", "15825000.00", None]
    assert reversed_["payments"][0]["reversed"]["reason"] == wrong["reason"]
    part = data_of(await editor.post(f"{path}/record_payment", payment | {"payment_id": "b-1a"}))
    assert [part["status"], part["balance"]] == ["accepted", "15000000.00"]
    again = payment | {"payment_id": "b-1b"}  # the same amount and day
    similar = error_of(await editor.post(f"{path}/record_payment", again), 409, "CONFLICT")["details"]
    assert [similar["reason"], similar["warnings"][0]["code"]] == ["NeedsConfirmation", "PaymentBooked"]
    rest = payment | {"payment_id": "b-2", "amount": "15000000.00", "confirmed_warnings": ["PaymentBooked"]}
    answers = await asyncio.gather(
        *(editor.post(f"{path}/record_payment", rest, headers={"Idempotency-Key": "p-2"}) for _ in range(2))
    )
    assert {answer.status_code for answer in answers} == {200}
    closed = await eventually(invoice, lambda seen: seen["status"] == Status.CLOSED)
    assert [closed["balance"], len(closed["payments"])] == ["0.00", 3]
    repeated = data_of(await editor.post(f"{path}/record_payment", rest, headers={"Idempotency-Key": "p-2"}))
    assert repeated["status"] == Status.CLOSED  # a repeated request is answered although the workflow has ended
    late = error_of(await manager.post(f"{path}/hold", {"reason": "too late"}), 409, "CONFLICT")
    assert [late["details"]["reason"], "closed" in late["message"]] == ["WorkflowClosed", True]
    assert {"record_payment", "reverse_payment"} <= set(late["details"]["allowed"])

    # The closed invoice and its audit trail
    assert data_of(await editor.post("/invoices/generate", asked), 200)["status"] == "closed"
    history = data_of(await viewer.get(f"{path}/events"))
    assert history["chain_intact"] is True
    actions = [event["action"] for event in history["events"]]
    assert actions[:3] == ["create", "edit", "edit"]
    assert [actions.count("record_payment"), actions.count("reverse_payment")] == [3, 1]
    assert [event["seq"] for event in history["events"]] == list(range(1, closed["revision"] + 1))


async def test_after_a_discard_the_same_month_gets_a_new_draft(client: httpx.AsyncClient) -> None:
    editor = await user(client, "editor")
    asked = {"application_key": "APP-002", **DATES}
    first = data_of(await editor.post("/invoices/generate", asked), 201)
    assert data_of(await editor.post(f"/invoices/{first['id']}/discard"))["status"] == "discarded"
    second = data_of(await editor.post("/invoices/generate", asked), 201)
    assert second["workflow_id"] == f"{first['workflow_id']}.2"
    error_of(await editor.post("/invoices/generate", {**asked, "application_key": "APP-999"}), 404, "NOT_FOUND")
    error_of(await editor.post("/invoices/prefill", {**asked, "application_key": "APP-999"}), 404, "NOT_FOUND")
