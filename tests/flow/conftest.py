"""Each workflow test has its own in-memory activities and its own worker on its own task queue."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from temporalio.client import Client

from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver
from worker import build_worker


@pytest.fixture
def activities() -> InMemoryActivities:
    return InMemoryActivities()


@pytest.fixture
def queue() -> str:
    return str(uuid4())


@pytest.fixture
async def driver(temporal: Client, activities: InMemoryActivities, queue: str) -> AsyncIterator[InvoiceDriver]:
    """The driver of a new draft, with a running worker."""
    async with build_worker(temporal, activities.all(), queue):
        yield await InvoiceDriver.open(temporal, activities, queue)
        activities.resume_all()
