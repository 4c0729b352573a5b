"""A clock and a client of any address for the tests of logins, and an empty account of failures for each test."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from api.deps import AppState
from models.access.tables import LoginFailures
from tests.http.callers import NOW

From = Callable[[str], httpx.AsyncClient]


@pytest.fixture(autouse=True)
async def no_failures(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(delete(LoginFailures))


@dataclass
class Clock:
    """The time that the API sees."""

    time: datetime = NOW

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock(app: FastAPI, state: AppState) -> Iterator[Clock]:
    clock = Clock()
    app.state.app_state = replace(state, clock=lambda: clock.time)
    yield clock
    app.state.app_state = state


@pytest.fixture
async def client_from(app: FastAPI) -> AsyncIterator[From]:
    """Return a client whose requests come from the address."""
    async with AsyncExitStack() as clients:
        yield lambda address: _entered(app, address, clients)


def _entered(app: FastAPI, address: str, clients: AsyncExitStack) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 40000))
    client = httpx.AsyncClient(transport=transport, base_url="http://api")
    clients.push_async_callback(client.aclose)
    return client
