"""Engines for the tests of what lives in PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities import database


@pytest.fixture(scope="session")
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """On the shared database."""
    engine = database.create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def connect(empty_database_url: str) -> AsyncIterator[Callable[..., AsyncEngine]]:
    """Makes engines on this test's own database."""
    engines: list[AsyncEngine] = []

    def create(**options: Any) -> AsyncEngine:
        engines.append(database.create_engine(empty_database_url, replace(database.WORKER, **options)))
        return engines[-1]

    yield create
    for engine in engines:
        await engine.dispose()
