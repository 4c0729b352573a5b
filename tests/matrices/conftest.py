"""The vendors and a Temporal server of the matrices, and a worker process that can be stopped and killed."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.database import engine as database
from local.stack.stack import Stack
from tests.fixtures.processes import HTTP
from workflows.client.connection import connect

COMPONENTS = {"temporal", "postgres", "object_store", "mailbox", "sandboxes", "migrate"}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    with (
        TemporaryDirectory(prefix="aktum-matrices-") as folder,
        Stack(Path(folder) / "state", COMPONENTS, clean) as running,
    ):
        running.start()
        contract = {"application_key": "APP-001", "customer_name": "Acme Corp", "tin": "123456789"}
        url = f"{running.describe()['sandboxes']['planfact']}/__sandbox/seed"
        HTTP.post(url, json={"applications": [contract]}).raise_for_status()
        yield running


@pytest.fixture
async def engine(stack: Stack) -> AsyncIterator[AsyncEngine]:
    opened = database.create_engine(stack.env["DATABASE_URL"])
    yield opened
    await opened.dispose()


@pytest.fixture
async def temporal(stack: Stack) -> Client:
    return await connect(stack.describe()["temporal"], "default")
