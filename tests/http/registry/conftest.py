"""The rows of the registry tests, stored in the database of the test's module."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.http.registry.registry_rows import Row, rows, store


@pytest.fixture(scope="module")
async def all_rows(registry_engine: AsyncEngine) -> list[Row]:
    made = rows()
    await store(registry_engine, made)
    return made
