"""What all tests share: the fixtures in `tests/fixtures/`, and how the tests are divided among workers (`-n`).

Each worker has a PostgreSQL and a Temporal server of its own, begun by the first test that asks for it: that costs a
second or two, and no worker can disturb another. What takes longer to start belongs to a group, whose tests all run in
one worker.
"""

import os
import sys
import time

import pytest

from local import ports
from tests.fixtures.properties import load_profile

pytest_plugins = [
    "tests.fixtures.clickhouse",
    "tests.fixtures.postgres",
    "tests.fixtures.rendering",
    "tests.fixtures.sandboxes",
    "tests.fixtures.temporal",
]

# Fixture and group, the longest first. A test without one of them is in the group of its module when the module has
# fixtures of its own on a server, else it is run wherever there is room.
GROUPS = {
    "own_stack": "monthly",
    "described": "acceptance",
    "gotenberg_stack": "gotenberg",
    "run_gotenberg": "gotenberg",
    "versitygw_stack": "versitygw",
    "stack": "mail and archive",
    "sandboxes": "sandboxes",
    "scratch_clickhouse_url": "clickhouse",
    "demo_clickhouse_url": "demo data",
}
SERVERS = {*GROUPS, "postgres_url", "temporal", "start_stack", "clickhouse_url"}

# Temporal's native threads may still hold Python objects when the last test ends; an interpreter that exits at once
# aborts now and then ("PyGILState_Release ... finalizing"). Half a second lets them finish.
NATIVE_THREADS_END_SECONDS = 0.5


def pytest_configure(config: pytest.Config) -> None:
    load_profile()
    _take_ports_of_ones_own()


def _take_ports_of_ones_own() -> None:
    """Each worker looks for free ports in a part of the range: two that look at once would find the same one free."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    size = (ports.LAST - ports.FIRST) // workers
    ports.FIRST += worker * size
    ports.LAST = ports.FIRST + size


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups the tests, those on servers first: what is left at the end are short ones, which keep all workers busy."""
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: not _is_on_servers(item))


def _group(item: pytest.Item) -> str | None:
    fixtures = set(getattr(item, "fixturenames", ()))
    named = next((group for fixture, group in GROUPS.items() if fixture in fixtures), None)
    return named or (item.path.stem if fixtures & SERVERS else None)


def _is_on_servers(item: pytest.Item) -> bool:
    return item.get_closest_marker("xdist_group") is not None


def pytest_unconfigure() -> None:
    if "temporalio.bridge" in sys.modules:
        time.sleep(NATIVE_THREADS_END_SECONDS)
