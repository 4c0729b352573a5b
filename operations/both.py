"""The connections of the commands that need Temporal and PostgreSQL together."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from operations.postgres import postgres_unavailable, with_engine
from operations.temporal import run_connected

T = TypeVar("T")


def run_on_both(work: Callable[[Client, AsyncEngine], Awaitable[T]]) -> T:
    """Run the work with a client of Temporal and an engine of PostgreSQL. Exit code 1 if one of them is missing.

    The work may take long, because it may look at every invoice; each of its calls has a limit.
    """

    async def run(client: Client) -> T:
        return await with_engine(lambda engine: work(client, engine))

    try:
        return run_connected(run)
    except OperationalError as error:
        raise postgres_unavailable(error) from error
