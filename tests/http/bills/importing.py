"""The importer: tokens of another service, the invoices that it sends, and what is stored of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.fixtures.sandboxes import FINANCE_SECRET

IMPORT = "/api/v1/integrations/cloud/import-invoice"
INVOICES = "/api/v1/integrations/cloud/invoices"


def claims(tenant: str, **more: Any) -> dict[str, Any]:
    """Return the claims of a valid token; a claim that is None is left out."""
    now = datetime.now(UTC)
    usual = {
        "iss": "aktum",
        "aud": "aktum",
        "sub": "aktum",
        "tenant_id": tenant,
        "roles": ["admin"],
        "typ": "access",
        "jti": str(uuid4()),
        "iat": now,
        "nbf": now - timedelta(seconds=5),
        "exp": now + timedelta(seconds=60),
    }
    return {name: value for name, value in {**usual, **more}.items() if value is not None}


def token(tenant: str, secret: str = FINANCE_SECRET.get_secret_value(), algorithm: str = "HS512", **more: Any) -> str:
    return jwt.encode(claims(tenant, **more), secret, algorithm=algorithm)


def invoice(external_id: str, net: int = 7902, tax: int = 790, **more: Any) -> dict[str, Any]:
    gross = net + tax
    lines = [
        {
            "line_key": "usage",
            "product": "Droplets",
            "group": "Compute",
            "description": "droplet-1",
            "charge_category": "Usage",
            "quantity": "720",
            "unit": "Hours",
            "start": "2026-04-01T00:00:00Z",
            "end": "2026-05-01T00:00:00Z",
            "amount": f"{net / 100:.2f}",
            "amount_minor": net,
            "project": "shop",
            "resource_id": "r-1",
        },
        {
            "line_key": "tax",
            "product": "Taxes",
            "charge_category": "Tax",
            "amount": f"{tax / 100:.2f}",
            "amount_minor": tax,
        },
    ]
    usual = {
        "source": "digitalocean",
        "external_id": external_id,
        "external_number": "480021342",
        "vendor": {"name": "DigitalOcean", "category": "cloud"},
        "period_start": "2026-04-01",
        "period_end": "2026-05-01",
        "issued_at": "2026-05-01T00:00:00Z",
        "currency": "USD",
        "amount_gross_minor": gross,
        "amount_net_minor": net,
        "amount_tax_minor": tax,
        "lines": lines,
    }
    return {**usual, **more}


@dataclass
class Importer:
    """Another service that calls for one tenant."""

    http: httpx.AsyncClient
    tenant: str

    async def send(self, body: dict[str, Any], given: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {given or token(self.tenant)}"}
        return await self.http.post(IMPORT, json=body, headers=headers)

    async def find(self, **key: str) -> httpx.Response:
        return await self.http.get(INVOICES, params=key, headers={"Authorization": f"Bearer {token(self.tenant)}"})


async def rows(engine: AsyncEngine, tenant: str, table: str = "payables") -> list[dict[str, Any]]:
    query = text(f"SELECT * FROM {table} WHERE tenant_id = :tenant ORDER BY id")
    async with engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(query, {"tenant": tenant})).mappings()]


async def stored_lines(engine: AsyncEngine, payable_id: str) -> list[dict[str, Any]]:
    query = text("SELECT * FROM payable_lines WHERE payable_id = :id ORDER BY position")
    async with engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(query, {"id": payable_id})).mappings()]
