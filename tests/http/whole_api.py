"""The API with the real Temporal, PostgreSQL, ClickHouse engine and worker. Mail and vendors are not configured."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from pydantic import SecretStr
from sqlalchemy import create_engine
from temporalio.client import Client

from activities.database.database_url import psycopg_url
from api.app import create_app
from local.seed import seed_terms, seed_users
from local.stack.credentials import SeedUser
from settings import ApiSettings, AuthSettings, ClickHouseSettings, Settings, TemporalSettings
from tests.http.callers import Caller, data_of
from worker import running

PASSWORD = "a long password"
ROLES = ("viewer", "editor", "manager")


async def seeded(temporal: Client, database_url: str, clickhouse_url: str, *, answer_within: float = 30) -> Settings:
    """Fill an empty database with the demo's terms and a user for each role, and return the settings for it."""
    engine = create_engine(psycopg_url(database_url))
    assert seed_terms(engine)
    await seed_users(database_url, [SeedUser(username=role, password=PASSWORD, role=role) for role in ROLES])
    engine.dispose()
    return Settings(
        database_url=SecretStr(database_url),
        auth=AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough")),
        temporal=TemporalSettings(address=temporal.service_client.config.target_host, namespace=temporal.namespace),
        clickhouse=ClickHouseSettings(url=SecretStr(clickhouse_url)),
        api=ApiSettings(update_timeout_seconds=answer_within),
    )


@asynccontextmanager
async def whole_api(settings: Settings, *, with_worker: bool = True) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api", timeout=60) as client,
    ):
        if not with_worker:
            yield client
            return
        async with running(settings):
            yield client


async def user(client: httpx.AsyncClient, name: str) -> Caller:
    login = await client.post("/api/v1/auth/login", json={"username": name, "password": PASSWORD})
    return Caller(client, {"Authorization": f"Bearer {data_of(login)['token']}"})
