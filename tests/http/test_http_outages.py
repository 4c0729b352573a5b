"""Outages of the services behind the API, and the request id that every answer has."""

import json
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from activities.invoice.projection import InvoiceProjection
from api.app import create_app
from api.deps import AppState
from models.values.failure_codes import Failure
from settings import Settings
from tests.http.callers import Caller, Rules, draft_of, error_of
from workflows.client.errors import RequestFailed


@pytest.fixture
async def cut_off(api_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An API whose PostgreSQL cannot be reached."""
    nowhere = SecretStr("postgresql://aktum:hunter2@127.0.0.1:1/aktum")
    app = create_app(api_settings.model_copy(update={"database_url": nowhere}))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as client,
    ):
        yield client


async def test_without_postgres_every_route_but_health_is_503(cut_off: httpx.AsyncClient, viewer: Caller) -> None:
    for response in (
        await cut_off.post("/api/v1/auth/login", json={"username": "a", "password": "b"}),
        await cut_off.get("/api/v1/invoices", headers=viewer.headers),
    ):
        error = error_of(response, 503, "UNAVAILABLE")
        assert error["message"] == "PostgreSQL does not answer; try again in a moment."
        assert response.headers["Retry-After"] == "5"
    assert (await cut_off.get("/healthz")).json()["status"] == "ok"


async def test_readiness_names_failed_checks_without_secrets(cut_off: httpx.AsyncClient) -> None:
    response = await cut_off.get("/readyz")
    assert response.status_code == 503
    body = response.json()
    assert body["status"] == "not_ready"
    assert body["checks"].keys() == {"postgres", "schema", "clickhouse", "temporal", "worker"}
    assert all(check.startswith(("does not answer", "no answer")) for check in body["checks"].values())
    assert "hunter2" not in response.text


async def test_one_failing_check_does_not_hide_the_others(http: httpx.AsyncClient) -> None:
    assert (await http.get("/readyz")).json()["checks"]["postgres"] == "ok"


async def test_health(http: httpx.AsyncClient, state: AppState) -> None:
    response = await http.get("/healthz")
    assert response.status_code == 200
    assert response.json().keys() == {"status", "version", "uptime_seconds"}
    assert response.json()["version"] == state.version


async def test_without_temporal_reads_work_and_commands_are_503(
    editor: Caller, records: InvoiceProjection, key: str
) -> None:
    """The real workflows/client/invoices.py connects to a port without a server."""
    made = draft_of(key)
    await records.project(made)
    assert (await editor.get(f"/invoices/{made.id}")).status_code == 200
    error = error_of(await editor.post(f"/invoices/{made.id}/finalize"), 503, "UNAVAILABLE")
    assert "Temporal does not answer" in error["message"]
    error_of(await editor.post("/invoices/generate", {"application_key": f"{key}-2"}), 503, "UNAVAILABLE")


async def test_an_unexpected_error_is_a_500_without_its_text(editor: Caller, rules: Rules) -> None:
    rules.failures = [ZeroDivisionError("a secret")]
    with capture_logs() as logged:
        response = await editor.get("/clients", headers={"X-Request-ID": "trace-me"})
    error = error_of(response, 500, "INTERNAL_ERROR")
    [line] = [line for line in logged if line["event"] == "internal_error"]
    assert str(line["exc_info"]) == "a secret"
    assert line["request_id"] == "trace-me"
    assert error["request_id"] == "trace-me"
    assert "a secret" not in response.text


@pytest.mark.parametrize("code", [Failure.WAREHOUSE_TIMEOUT, Failure.DOCUMENT_MISSING, ""])
async def test_a_500_is_logged_with_its_cause(editor: Caller, rules: Rules, code: str) -> None:
    """A failed read that the caller cannot correct: the log contains the reason and its cause."""
    failed = RequestFailed(code, "the reason")
    failed.__cause__ = ValueError("the cause of it")
    rules.failures = [failed]
    with capture_logs() as logged:
        response = await editor.post(
            "/invoices/prefill", {"application_key": "APP-001"}, headers={"X-Request-ID": "trace-me-2"}
        )
    assert error_of(response, 500, "INTERNAL_ERROR")["request_id"] == "trace-me-2"
    [line] = [line for line in logged if line["log_level"] == "error"]
    assert (line["event"], line["request_id"], line["path"]) == (
        "internal_error",
        "trace-me-2",
        "/api/v1/invoices/prefill",
    )
    logged_error = "".join(traceback.format_exception(line["exc_info"]))
    assert "the reason" in logged_error
    assert "the cause of it" in logged_error
    assert editor.headers["Authorization"].removeprefix("Bearer ") not in logged_error


async def test_a_translated_failure_is_not_logged_as_an_error(editor: Caller, rules: Rules) -> None:
    rules.failures = [RequestFailed(Failure.APPLICATION_NOT_FOUND, "no such contract")]
    with capture_logs() as logged:
        error_of(await editor.post("/invoices/prefill", {"application_key": "APP-001"}), 404, "NOT_FOUND")
    assert [line["event"] for line in logged if line["log_level"] == "error"] == []


@pytest.mark.parametrize("given", ["abc-1", "A.b_c:1", "x" * 100])
async def test_a_request_id_is_echoed(http: httpx.AsyncClient, given: str) -> None:
    response = await http.get("/api/v1/invoices", headers={"X-Request-ID": given})
    assert error_of(response, 401, "UNAUTHORIZED")["request_id"] == given


@pytest.mark.parametrize("given", ["", "two words", "x" * 101, "a\tb", '{"a":1}'])
async def test_an_invalid_request_id_is_replaced(http: httpx.AsyncClient, given: str) -> None:
    response = await http.get("/healthz", headers={"X-Request-ID": given})
    made = response.headers["X-Request-ID"]
    assert made != given
    assert len(made) == 36


async def test_unknown_paths_and_methods(http: httpx.AsyncClient) -> None:
    error_of(await http.get("/api/v1/nothing"), 404, "NOT_FOUND")
    error_of(await http.delete("/api/v1/invoices"), 405, "METHOD_NOT_ALLOWED")
    error_of(await http.put("/healthz"), 405, "METHOD_NOT_ALLOWED")


def test_the_server_logs_json_and_names_missing_settings() -> None:
    """`api/server.py` calls the factory `from_environment`, as every other ASGI server would."""
    program = "import logging, api.app as a; a.from_environment(); logging.getLogger('uvicorn.error').warning('up')"
    run = [sys.executable, "-c", program]
    environment = {"AKTUM_AUTH__JWT_SECRET": "x" * 40}
    started = subprocess.run(run, capture_output=True, text=True, env=environment, check=True)
    line = json.loads(started.stderr.splitlines()[-1])
    assert [line["event"], line["level"]] == ["up", "warning"]
    refused = subprocess.run(run, capture_output=True, text=True, env={}, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("AKTUM_AUTH__JWT_SECRET is not set")
