"""The API's metrics: requests by route, failed logins by reason, and nothing that a caller typed."""

import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.metrics import OTHER, LoginFailure, MetricsPortTaken
from local.stack.port_allocation import free_port
from models.access.roles import Role
from settings import ApiSettings, Settings
from tests.http.callers import PASSWORD

LOGIN = "/api/v1/auth/login"


def with_port(settings: Settings, port: int | None) -> Settings:
    return settings.model_copy(update={"api": ApiSettings(metrics_port=port)})


@pytest.fixture(scope="module")
def port() -> int:
    return free_port(taken=set())


@pytest.fixture
async def measured(api_settings: Settings, users: dict[Role, str], port: int) -> AsyncIterator[httpx.AsyncClient]:
    """An API of its own, whose metrics start at zero."""
    app = create_app(with_port(api_settings, port))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(f"metrics-{uuid4().hex[:8]}", 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as client,
    ):
        yield client


def text_at(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).raise_for_status().text


def samples(port: int, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels[label] for label in labels): sample.value
        for family in text_string_to_metric_families(text_at(port))
        for sample in family.samples
        if sample.name == name
    }


async def test_failed_logins_are_counted_by_reason(
    measured: httpx.AsyncClient, port: int, users: dict[Role, str]
) -> None:
    def counts() -> dict[tuple[str, ...], float]:
        return samples(port, "aktum_login_failures_total", "reason")

    assert counts() == {(reason.value,): 0 for reason in LoginFailure}
    nobody, viewer = f"nobody-{uuid4().hex[:8]}", users[Role.VIEWER]
    for name, password in ((nobody, "x"), (viewer, "wrong"), ("ghost", PASSWORD), (viewer, PASSWORD)):
        await measured.post(LOGIN, json={"username": name, "password": password})
    assert counts() == {("no such user",): 1, ("wrong password",): 1, ("deactivated",): 1, ("too many failures",): 0}
    statuses = [(await measured.post(LOGIN, json={"username": nobody, "password": "x"})).status_code for _ in range(12)]
    assert counts()["too many failures",] == statuses.count(429) > 0
    assert nobody not in text_at(port)
    assert viewer not in text_at(port)


@pytest.mark.parametrize(
    ("method", "path", "labels"),
    [
        ("GET", "/healthz", ("GET", "/healthz", "200")),
        ("HEAD", "/healthz", ("HEAD", "/healthz", "200")),
        ("GET", "/api/v1/invoices/b2f8", ("GET", "/api/v1/invoices/{invoice_id}", "401")),
        ("POST", "/api/v1/settings/users/b2f8", ("POST", "/api/v1/settings/users/{username}", "405")),
        ("PUT", "/healthz", ("PUT", "/healthz", "405")),
        ("BREW", "/healthz", ("other", "/healthz", "405")),
        ("GET", "/api/v1/nothing/b2f8", ("GET", "other", "404")),
        ("GET", "/b2f8", ("GET", "other", "404")),
        ("GET", "/docs/assets/b2f8", ("GET", "other", "404")),
    ],
)
async def test_requests_are_counted_by_template(
    measured: httpx.AsyncClient, port: int, method: str, path: str, labels: tuple[str, ...]
) -> None:
    for _ in range(2):
        await measured.request(method, path)
    assert samples(port, "aktum_http_requests_total", "method", "route", "status") == {labels: 2}
    assert samples(port, "aktum_http_request_duration_seconds_count", "method", "route") == {labels[:2]: 2}
    assert "b2f8" not in text_at(port)


async def test_every_route_is_counted_by_its_own_template(measured: httpx.AsyncClient, port: int) -> None:
    paths: dict[str, dict[str, object]] = (await measured.get("/openapi.json")).json()["paths"]
    for path, operations in paths.items():
        await measured.request(next(iter(operations)), re.sub(r"{\w+}", "b2f8", path))
    counted = {route for (route,) in samples(port, "aktum_http_requests_total", "route")}
    assert counted == {*paths, OTHER}  # the document itself is a file, as the pictures of /docs are


def test_the_port_is_closed_without_a_setting_and_on_this_machine_with_one() -> None:
    assert ApiSettings().metrics_port is None
    assert ApiSettings().metrics_address == "127.0.0.1"


async def test_a_port_that_is_taken_is_named(api_settings: Settings, measured: httpx.AsyncClient, port: int) -> None:
    text_at(port)
    with pytest.raises(MetricsPortTaken, match="AKTUM_API__METRICS_PORT"):
        async with (other := create_app(with_port(api_settings, port))).router.lifespan_context(other):
            pass


async def test_the_metrics_are_not_part_of_the_api(measured: httpx.AsyncClient) -> None:
    assert (await measured.get("/metrics")).status_code == 404


async def test_the_metrics_end_with_the_api(api_settings: Settings, port: int) -> None:
    app = create_app(with_port(api_settings, port))
    async with app.router.lifespan_context(app):
        text_at(port)
    with pytest.raises(httpx.ConnectError):
        text_at(port)
