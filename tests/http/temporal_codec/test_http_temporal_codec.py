"""The codec server: Temporal's own format, the roles that may use it, the cookie of the Web UI, and other origins."""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from google.protobuf.json_format import MessageToDict, ParseDict
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload

from api.access.tokens import Tokens
from api.app import create_app
from api.deps import AppState
from api.temporal_codec.routes import COOKIE
from models.access.roles import Role
from settings import ApiSettings, Settings, TemporalSettings
from tests.http.callers import NOW, Caller, error_of
from workflows.client.connection import DATA_CONVERTER, data_converter
from workflows.client.payload_encryption import ENCODING

DECODE, ENCODE, SESSION = (f"/api/v1/temporal-codec/{name}" for name in ("decode", "encode", "session"))
KEY = secrets.token_bytes(32)
UI = "https://temporal.company.example"
CONVERTER = data_converter({"k1": KEY})
VALUE = {"customer": "ООО «Альфа»", "account": "20208000123456789001"}


@pytest.fixture(scope="module")
async def app(api_settings: Settings, users: dict[Role, str]) -> AsyncIterator[FastAPI]:
    """An API that encrypts, and that the Web UI may ask."""
    keys = SecretStr(f"k1:{base64.b64encode(KEY).decode()}")
    temporal = TemporalSettings(address="127.0.0.1:1", encryption_keys=keys)
    changed = {"temporal": temporal, "api": ApiSettings(web_ui_origin=UI)}
    app = create_app(api_settings.model_copy(update=changed), clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module")
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


@pytest.fixture(scope="module")
def state(app: FastAPI) -> AppState:
    found = app.state.app_state
    assert isinstance(found, AppState)
    return found


@pytest.fixture(scope="module")
def tokens(app: FastAPI) -> Tokens:
    found = app.state.tokens
    assert isinstance(found, Tokens)
    return found


async def body_of(*values: object, converter: Any = CONVERTER) -> dict[str, Any]:
    return {"payloads": [MessageToDict(payload) for payload in await converter.encode(values)]}


def data_in(response: httpx.Response) -> list[object]:
    assert response.status_code == 200, response.text
    assert response.json().keys() == {"payloads"}
    return [json.loads(base64.b64decode(payload["data"])) for payload in response.json()["payloads"]]


async def test_decode_returns_what_was_written_in_its_order(manager: Caller) -> None:
    large = {"lines": ["row"] * 20_000}
    response = await manager.post("/temporal-codec/decode", await body_of(VALUE, large, "text"))
    assert data_in(response) == [VALUE, large, "text"]


async def test_decode_leaves_what_is_in_clear(manager: Caller) -> None:
    body = await body_of(VALUE, converter=DATA_CONVERTER)
    assert (await manager.post("/temporal-codec/decode", body)).json() == body


async def test_encode_makes_what_a_worker_reads(manager: Caller) -> None:
    body = await body_of(VALUE, converter=DATA_CONVERTER)
    response = await manager.post("/temporal-codec/encode", body)
    (payload,) = (ParseDict(each, Payload()) for each in response.json()["payloads"])
    assert payload.metadata["encoding"] == ENCODING
    assert await CONVERTER.decode([payload]) == [VALUE]


@pytest.mark.parametrize("path", [DECODE, ENCODE])
@pytest.mark.parametrize("role", Role)
async def test_managers_and_admins_may(caller: Callable[[Role], Caller], role: Role, path: str) -> None:
    response = await caller(role).http.post(path, json={"payloads": []}, headers=caller(role).headers)
    if role in {Role.MANAGER, Role.ADMIN}:
        assert (response.status_code, response.json()) == (200, {"payloads": []})
    else:
        assert "reading the payloads of Temporal" in error_of(response, 403, "FORBIDDEN")["message"]


@pytest.mark.parametrize("path", [DECODE, ENCODE, SESSION])
async def test_nobody_comes_in_without_a_token(http: httpx.AsyncClient, path: str) -> None:
    error_of(await http.post(path, json={"payloads": []}), 401, "UNAUTHORIZED")
    headers = {"Cookie": f"{COOKIE}=nonsense"}
    error_of(await http.post(path, json={"payloads": []}, headers=headers), 401, "UNAUTHORIZED")


def _tampered(payload: dict[str, Any]) -> dict[str, Any]:
    data = bytearray(base64.b64decode(payload["data"]))
    data[-1] ^= 1
    return {**payload, "data": base64.b64encode(data).decode()}


async def test_what_cannot_be_decoded_is_explained(manager: Caller) -> None:
    (good,) = (await body_of(VALUE))["payloads"]
    (foreign,) = (await body_of(VALUE, converter=data_converter({"k0": KEY})))["payloads"]
    for bad, words in ((_tampered(good), "'k1'"), (foreign, "'k0'"), ({"data": "A"}, "base64"), ({"data": "%"}, "")):
        response = await manager.post("/temporal-codec/decode", {"payloads": [good, bad]})
        (detail,) = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail["path"].startswith("payloads")
        assert words in detail["message"]


@pytest.mark.parametrize("body", [None, {}, [], {"payloads": {}}, {"payloads": ["x"]}, {"payloads": [{"data": 1}]}])
async def test_what_is_no_list_of_payloads_is_refused(manager: Caller, body: object) -> None:
    error_of(await manager.post("/temporal-codec/decode", body), 400, "VALIDATION_ERROR")


class TestSession:
    async def test_the_cookie_opens_the_codec_and_nothing_else(self, manager: Caller) -> None:
        opened = await manager.http.post(SESSION, headers=manager.headers)
        assert opened.status_code == 204
        cookie = opened.headers["Set-Cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        assert {"HttpOnly", "Path=/api/v1/temporal-codec/", "SameSite=strict"} <= set(cookie.split("; "))
        headers = {"Cookie": cookie.partition(";")[0]}
        manager.http.cookies.clear()
        assert data_in(await manager.http.post(DECODE, json=await body_of(VALUE), headers=headers)) == [VALUE]
        error_of(await manager.http.get("/api/v1/invoices", headers=headers), 401, "UNAUTHORIZED")

    async def test_over_https_the_cookie_is_never_sent_in_clear(self, app: FastAPI, manager: Caller) -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://api") as http:
            assert "Secure" in (await http.post(SESSION, headers=manager.headers)).headers["Set-Cookie"].split("; ")

    async def test_an_editor_gets_none(self, editor: Caller) -> None:
        refused = await editor.http.post(SESSION, headers=editor.headers)
        error_of(refused, 403, "FORBIDDEN")
        assert "Set-Cookie" not in refused.headers

    async def test_signing_out_removes_it(self, http: httpx.AsyncClient) -> None:
        closed = await http.delete(SESSION)
        assert closed.status_code == 204
        assert f'{COOKIE}=""' in closed.headers["Set-Cookie"]
        assert "Max-Age=0" in closed.headers["Set-Cookie"]

    async def test_the_page_runs_its_own_script_alone(self, http: httpx.AsyncClient) -> None:
        page = await http.get(SESSION)
        assert page.status_code == 200
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'sha256-" in policy
        assert "unsafe-inline" not in policy.partition("style-src")[0]


class TestOrigins:
    async def test_the_web_ui_may_ask(self, manager: Caller) -> None:
        asked = {
            "Origin": UI,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-namespace,authorization",
        }
        preflight = await manager.http.options(DECODE, headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == UI
        assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
        answer = await manager.http.post(DECODE, json={"payloads": []}, headers=manager.headers | {"Origin": UI})
        assert answer.headers["Access-Control-Allow-Origin"] == UI

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", f"{UI}.evil.example", "http://temporal.company.example"]
    )
    async def test_others_may_not(self, manager: Caller, origin: str) -> None:
        answer = await manager.http.post(DECODE, json={"payloads": []}, headers=manager.headers | {"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers

    @pytest.mark.parametrize("path", ["/api/v1/invoices", "/api/v1/auth/login", "/healthz"])
    async def test_no_other_route_is_open_to_it(self, manager: Caller, path: str) -> None:
        answer = await manager.http.get(path, headers=manager.headers | {"Origin": UI})
        assert "Access-Control-Allow-Origin" not in answer.headers
