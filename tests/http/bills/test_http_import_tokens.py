"""The tokens of imports: only those that the shared secret signs, for this audience, with a role that writes."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from settings import FinanceSettings, Settings
from tests.http.bills.importing import IMPORT, INVOICES, Importer, claims, invoice, rows, token
from tests.http.callers import Caller


class TestTokens:
    @pytest.mark.parametrize(
        "change",
        [
            {"secret": "another secret of finance for tests, of more than sixty-four bytes"},
            {"algorithm": "HS256"},
            {"exp": datetime.now(UTC) - timedelta(minutes=1)},
            {"nbf": datetime.now(UTC) + timedelta(hours=1)},
            {"aud": "somebody else"},
            {"iss": "somebody else"},
            {"typ": "refresh"},
            {"tenant_id": ""},
            {"tenant_id": ["platform-admin"]},
            {"tenant_id": "a\nb"},
            *({name: None} for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti", "typ", "tenant_id")),
        ],
    )
    async def test_a_wrong_one_is_refused(
        self, service: Importer, engine: AsyncEngine, tenant: str, change: dict[str, Any]
    ) -> None:
        answer = await service.send(invoice("u-1"), token(**{"tenant": tenant, **change}))
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert await rows(engine, tenant) == []

    async def test_one_without_a_signature_is_refused(self, service: Importer, tenant: str) -> None:
        def part(content: object) -> str:
            return (
                base64.urlsafe_b64encode(json.dumps(content, default=lambda day: int(day.timestamp())).encode())
                .decode()
                .rstrip("=")
            )

        for algorithm in ("none", "None", "NONE"):
            unsigned = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims(tenant))}."
            assert (await service.send(invoice("u-1"), unsigned)).status_code == 401

    async def test_a_login_token_of_a_user_is_none(self, admin: Caller) -> None:
        assert (await admin.post("/integrations/cloud/import-invoice", invoice("u-1"))).status_code == 401

    async def test_a_token_of_finance_is_no_login(self, http: httpx.AsyncClient, tenant: str) -> None:
        answer = await http.get("/api/v1/payables", headers={"Authorization": f"Bearer {token(tenant)}"})
        assert answer.status_code == 401

    @pytest.mark.parametrize("method", ["post", "get"])
    async def test_none_at_all(self, http: httpx.AsyncClient, method: str) -> None:
        if method == "post":
            answer = await http.post(IMPORT, json=invoice("u-1"))
        else:
            answer = await http.get(INVOICES, params={"source": "a", "external_id": "b"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")

    async def test_the_token_is_checked_before_the_body_is_read(self, http: httpx.AsyncClient, tenant: str) -> None:
        for headers, status in (({}, 401), ({"Authorization": f"Bearer {token(tenant, roles=['viewer'])}"}, 403)):
            answer = await http.post(IMPORT, content=b"{", headers=headers)
            assert answer.status_code == status

    @pytest.mark.parametrize("roles", [None, [], ["viewer"], "admin", {"admin": True}, [["admin"]]])
    async def test_without_a_role_that_writes(
        self, service: Importer, engine: AsyncEngine, tenant: str, roles: Any
    ) -> None:
        answer = await service.send(invoice("u-1"), token(tenant, roles=roles))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
        assert await rows(engine, tenant) == []

    @pytest.mark.parametrize("role", ["admin", "editor", "manager"])
    async def test_with_one(self, service: Importer, tenant: str, role: str) -> None:
        answer = await service.send(invoice(role), token(tenant, roles=["viewer", role]))
        assert answer.status_code == 201

    async def test_without_a_secret_there_is_no_import(self, api_settings: Settings, app: FastAPI) -> None:
        plain = create_app(api_settings.model_copy(update={"finance": FinanceSettings()}))
        async with (
            plain.router.lifespan_context(plain),
            httpx.AsyncClient(transport=httpx.ASGITransport(plain), base_url="http://api") as http,
        ):
            answer = await Importer(http, "t").send(invoice("u-1"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
