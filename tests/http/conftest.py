"""An API on the tests' PostgreSQL, and a caller for each role."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database import engine as database
from activities.invoice.projection import InvoiceProjection
from api.access import passwords
from api.access.tokens import Tokens
from api.app import create_app
from api.deps import AppState
from api.reads import Reads
from api.temporal import Temporal
from local.stack.stack import Stack
from models.access.roles import Role
from models.access.tables import User
from settings import (
    AttachmentSettings,
    AuthSettings,
    ClickHouseSettings,
    FinanceSettings,
    S3Settings,
    Settings,
    TemporalSettings,
)
from tests.fixtures.postgres import scratch_database
from tests.fixtures.sandboxes import FINANCE_SECRET
from tests.http.callers import CHEAP, HASHED, NAMES, NOW, Caller, Rules, user_of
from workflows.client import attempts, billing_runs, invoices


@pytest.fixture(scope="session")
async def users(engine: AsyncEngine) -> dict[Role, str]:
    """The usernames by role. The user `ghost` is deactivated. All users have the same password."""
    rows: list[dict[str, object]] = [
        {"username": name, "password_hash": HASHED, "role": role.value} for role, name in NAMES.items()
    ]
    rows.append({"username": "ghost", "password_hash": HASHED, "role": "admin", "active": False})
    async with engine.begin() as connection:
        for row in rows:
            await connection.execute(insert(User).values(row).on_conflict_do_nothing())
    return NAMES


@pytest.fixture(scope="session", autouse=True)
def cheap_password_hashes() -> Iterator[None]:
    """Until the process ends; tests/acceptance/test_password_hashes.py looks at those of the product."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", CHEAP)
        yield


@pytest.fixture(scope="session")
def api_settings(database_url: str) -> Settings:
    """Settings whose Temporal and ClickHouse cannot be reached."""
    return Settings(
        database_url=SecretStr(database_url),
        auth=AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough")),
        temporal=TemporalSettings(address="127.0.0.1:1"),
        clickhouse=ClickHouseSettings(url=SecretStr("http://default:@127.0.0.1:1/default")),
        finance=FinanceSettings(jwt_secret=FINANCE_SECRET),
    )


@pytest.fixture(scope="session")
async def app(api_settings: Settings, users: dict[Role, str]) -> AsyncIterator[FastAPI]:
    app = create_app(api_settings, clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="session")
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield client


@pytest.fixture(scope="session")
def state(app: FastAPI) -> AppState:
    found = app.state.app_state
    assert isinstance(found, AppState)
    return found


@pytest.fixture(scope="session")
def tokens(app: FastAPI) -> Tokens:
    found = app.state.tokens
    assert isinstance(found, Tokens)
    return found


@pytest.fixture
def records(engine: AsyncEngine) -> InvoiceProjection:
    return InvoiceProjection(engine)


@pytest.fixture
def rules(records: InvoiceProjection, monkeypatch: pytest.MonkeyPatch) -> Rules:
    rules = Rules(records)
    monkeypatch.setattr(Temporal, "client", rules.client)
    for name in ("draft", "clients"):
        monkeypatch.setattr(Reads, name, getattr(rules, name))
    for name in ("generate", "send_command"):
        monkeypatch.setattr(invoices, name, getattr(rules, name))
    for name in ("list_runs", "describe_run", "start_run", "cancel_rest"):
        monkeypatch.setattr(billing_runs, name, getattr(rules, name))
    monkeypatch.setattr(attempts, "failed_attempts", rules.failed_attempts)
    return rules


@pytest.fixture
def caller(http: httpx.AsyncClient, state: AppState, tokens: Tokens) -> Callable[[Role], Caller]:
    def of(role: Role) -> Caller:
        # The real clock, because PyJWT uses it when it reads the token.
        token, _ = tokens.issue(user_of(role), state.started)
        return Caller(http, {"Authorization": f"Bearer {token}"})

    return of


@pytest.fixture
def viewer(caller: Callable[[Role], Caller]) -> Caller:
    return caller(Role.VIEWER)


@pytest.fixture
def editor(caller: Callable[[Role], Caller]) -> Caller:
    return caller(Role.EDITOR)


@pytest.fixture
def manager(caller: Callable[[Role], Caller]) -> Caller:
    return caller(Role.MANAGER)


@pytest.fixture
def admin(caller: Callable[[Role], Caller]) -> Caller:
    return caller(Role.ADMIN)


@pytest.fixture
def key() -> str:
    """A contract key for this test alone, because the tests share a database."""
    return f"APP-{uuid4().hex[:12].upper()}"


@pytest.fixture(scope="module")
def registry_url(postgres_url: str, _migrated_template: str) -> Iterator[str]:
    """The URL of a database for the invoices of one module."""
    with scratch_database(postgres_url, _migrated_template) as (_, url):
        yield url


@pytest.fixture(scope="module")
async def registry_engine(registry_url: str) -> AsyncIterator[AsyncEngine]:
    engine = database.create_engine(registry_url)
    async with engine.begin() as connection:
        for role, name in NAMES.items():
            await connection.execute(
                text("INSERT INTO users (username, password_hash, role) VALUES (:name, :hashed, :role)"),
                {"name": name, "hashed": HASHED, "role": role.value},
            )
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
async def registry_viewer(
    api_settings: Settings, registry_url: str, registry_engine: AsyncEngine
) -> AsyncIterator[Caller]:
    app = create_app(api_settings.model_copy(update={"database_url": SecretStr(registry_url)}), clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        token, _ = app.state.tokens.issue(user_of(Role.VIEWER), app.state.app_state.started)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            yield Caller(client, {"Authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def s3_settings(api_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings with an object store and a limit of 1 MiB for each file."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    with Stack(tmp_path_factory.mktemp("stack") / "state", {"object_store"}, clean) as running:
        running.start()
        env = running.env
        s3 = S3Settings(
            url=env["AKTUM_S3__URL"],
            region=env["AKTUM_S3__REGION"],
            bucket=env["AKTUM_S3__BUCKET"],
            access_key=env["AKTUM_S3__ACCESS_KEY"],
            secret_key=SecretStr(env["AKTUM_S3__SECRET_KEY"]),
        )
        yield api_settings.model_copy(update={"s3": s3, "attachments": AttachmentSettings(largest_mb=1)})
