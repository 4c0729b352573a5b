"""Fixtures of the activity tests: engines of PostgreSQL, the embedded mailbox and object store, and the sandboxes."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.clients import object_store
from activities.clients.didox import client as didox
from activities.clients.didox.client import Didox
from activities.clients.object_store import ObjectStore
from activities.clients.planfact import client as planfact
from activities.clients.planfact.client import PlanFact
from activities.database import engine as database
from local.stack.stack import Stack
from tests.fixtures.broken_connection import FaultyProxy
from tests.fixtures.mailbox import MailboxView
from tests.fixtures.sandboxes import (
    COMPANY_ID,
    PARTNER_TOKEN,
    PASSWORD,
    PLANFACT_KEY,
    SELLER_TIN,
    Sandbox,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


TIMEOUT_SECONDS = 30.0


@pytest.fixture
async def connect(empty_database_url: str) -> AsyncIterator[Callable[..., AsyncEngine]]:
    """Return a function that creates engines on the database of this test."""
    engines: list[AsyncEngine] = []

    def create(**options: Any) -> AsyncEngine:
        engines.append(database.create_engine(empty_database_url, replace(database.WORKER, **options)))
        return engines[-1]

    yield create
    for engine in engines:
        await engine.dispose()


@pytest.fixture
async def books(planfact_sandbox: Sandbox) -> AsyncIterator[PlanFact]:
    contract = {"application_key": "APP-001", "customer_name": "Acme Corp", "tin": "123456789"}
    planfact_sandbox.admin("seed", {"applications": [contract]})
    async with planfact.connect(planfact_sandbox.url, PLANFACT_KEY, TIMEOUT_SECONDS) as http:
        yield PlanFact(http, COMPANY_ID)


@pytest.fixture
async def operator(didox_sandbox: Sandbox) -> AsyncIterator[Didox]:
    async with didox.connect(didox_sandbox.url, PARTNER_TOKEN, TIMEOUT_SECONDS) as http:
        yield Didox(http, SELLER_TIN, PASSWORD)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    running = Stack(tmp_path_factory.mktemp("stack") / "state", {"mailbox", "object_store"}, clean)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def mailbox(stack: Stack) -> MailboxView:
    view = MailboxView(stack.describe()["mailbox"], stack.env["AKTUM_SMTP__HOST"], int(stack.env["AKTUM_SMTP__PORT"]))
    view.clear()
    return view


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
        yield client


@pytest.fixture
async def line(stack: Stack) -> AsyncIterator[FaultyProxy]:
    """A connection to the object store that a test can break."""
    async with FaultyProxy.to(stack.env["AKTUM_S3__URL"]) as line:
        yield line


@pytest.fixture
def bucket(stack: Stack) -> str:
    return stack.env["AKTUM_S3__BUCKET"]


@pytest.fixture
def objects(stack: Stack, bucket: str) -> ObjectStore:
    """The object store without the breakable connection."""
    return ObjectStore(s3_at(stack, stack.env["AKTUM_S3__URL"]), bucket)


def s3_at(stack: Stack, url: str) -> "S3Client":
    env = stack.env
    return object_store.connect(
        url, env["AKTUM_S3__REGION"], env["AKTUM_S3__ACCESS_KEY"], SecretStr(env["AKTUM_S3__SECRET_KEY"])
    )
