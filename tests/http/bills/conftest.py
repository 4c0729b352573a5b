"""Another service that imports invoices into the API; and the whole system, with finance in another process."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from temporalio.client import Client

from settings import BillSettings, DigitalOceanSettings, FinanceSettings, Settings
from tests.fixtures.sandboxes import DIGITALOCEAN_TOKEN, FINANCE_SECRET
from tests.http.bills.importing import Importer
from tests.http.callers import Caller
from tests.http.whole_api import seeded, user, whole_api


@pytest.fixture
def tenant() -> str:
    """A tenant of this test alone, because all tests share a database."""
    return f"tenant-{uuid4().hex[:12]}"


@pytest.fixture
def importer(http: httpx.AsyncClient) -> Callable[[str], Importer]:
    """Return a function that makes the importer of a tenant."""
    return lambda tenant: Importer(http, tenant)


@pytest.fixture
def service(http: httpx.AsyncClient, tenant: str) -> Importer:
    return Importer(http, tenant)


@pytest.fixture(scope="module")
async def bill_settings(
    temporal: Client, registry_url: str, s3_settings: Settings, sandboxes: Any, demo_clickhouse_url: str
) -> Settings:
    given = await seeded(temporal, registry_url, demo_clickhouse_url)
    return given.model_copy(
        update={
            "s3": s3_settings.s3,
            "bills": BillSettings(largest_mb=1),
            "finance": FinanceSettings(url=sandboxes.vendor("finance").url, jwt_secret=FINANCE_SECRET),
            "digitalocean": DigitalOceanSettings(url=sandboxes.vendor("digitalocean").url, token=DIGITALOCEAN_TOKEN),
        }
    )


@pytest.fixture(scope="module")
async def bill_api(bill_settings: Settings, sandboxes: Any) -> AsyncIterator[httpx.AsyncClient]:
    sandboxes.vendor("finance").reset()
    async with whole_api(bill_settings) as client:
        yield client


@pytest.fixture
async def lena(bill_api: httpx.AsyncClient) -> Caller:
    return await user(bill_api, "editor")


@pytest.fixture
async def boss(bill_api: httpx.AsyncClient) -> Caller:
    return await user(bill_api, "manager")
