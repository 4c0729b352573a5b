"""The ClickHouse server of these tests, whose tables each test creates, and the warehouses that read it."""

from collections.abc import Iterator

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from activities.clients.clickhouse.warehouse import Warehouse
from tests.clients.clickhouse.known_tables import create_tables
from tests.fixtures.clickhouse import served


@pytest.fixture(scope="session")
def scratch_clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("clickhouse") / "scratch") as dsn:
        yield dsn


@pytest.fixture
def server(scratch_clickhouse_url: str) -> Iterator[Client]:
    """Return a client of the server without any tables."""
    client = clickhouse_connect.get_client(dsn=scratch_clickhouse_url, autogenerate_session_id=False)
    for database in ("cdm", "tempo", "jira", "aktum_demo"):
        client.command(f"DROP DATABASE IF EXISTS {database} SYNC")
    yield client
    client.close()


@pytest.fixture
def tables(server: Client) -> Client:
    """Return a client of the server with the empty tables of a real installation."""
    create_tables(server)
    return server


@pytest.fixture
def warehouse(scratch_clickhouse_url: str) -> Iterator[Warehouse]:
    """The warehouse that reads the scratch server."""
    opened = Warehouse.at(scratch_clickhouse_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def demo_warehouse(demo_clickhouse_url: str) -> Iterator[Warehouse]:
    opened = Warehouse.at(demo_clickhouse_url)
    yield opened
    opened.close()
