"""A worker with an outside world of its own for each test, on a task queue of its own."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from temporalio.client import Client

from tests.fixtures.activities import Outside
from tests.fixtures.invoice_driver import Desk
from worker import build_worker


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def queue() -> str:
    return str(uuid4())


@pytest.fixture
async def desk(temporal: Client, outside: Outside, queue: str) -> AsyncIterator[Desk]:
    """An invoice that has just been drafted, with its worker."""
    async with build_worker(temporal, outside.activities(), queue):
        yield await Desk.open(temporal, outside, queue)
        outside.let_go()
