"""Engines for the tests of what lives in PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities import database


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
