"""Another service that imports invoices into the API, and the invoices that it sends."""

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from tests.http.bills.importing import Importer


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
