"""The connection of an operator's commands to PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.engine import create_engine
from operations import connections

T = TypeVar("T")


def run_on_postgres(work: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine and return its result. Exit code 1 if PostgreSQL cannot be reached."""
    try:
        return asyncio.run(work)
    except OperationalError as error:
        raise postgres_unavailable(error) from error


def postgres_unavailable(error: OperationalError) -> Exception:
    """Print why PostgreSQL cannot be used, and return the exit to raise."""
    return connections.unavailable("PostgreSQL", "database_url", "DATABASE_URL", str(error.orig))


async def with_engine(work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Return the result of the work, and close the engine that it was given."""
    engine = create_engine(connections.settings().database_url.get_secret_value())
    try:
        return await work(engine)
    finally:
        await engine.dispose()
