"""What all tests share: the fixtures in `tests/fixtures/`, and how the tests are divided among workers (`-n`).

Each worker has a PostgreSQL and a Temporal server of its own, begun by the first test that asks for it: that costs a
second or two, and no worker can disturb another. What takes longer to start belongs to a group, whose tests all run in
one worker.
"""

import os
import sys
import time

import pytest

from local.stack import port_allocation
from tests.fixtures.properties import load_profile

pytest_plugins = [
    "tests.fixtures.clickhouse",
    "tests.fixtures.postgres",
    "tests.fixtures.rendering",
    "tests.fixtures.sandboxes",
    "tests.fixtures.temporal",
]

# What is started once for a group of tests, the longest group first. Another test on servers is grouped with its
# module, and one without servers runs wherever there is room.
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
    size = (port_allocation.LAST - port_allocation.FIRST) // workers
    port_allocation.FIRST += worker * size
    port_allocation.LAST = port_allocation.FIRST + size


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks and groups the tests on servers and puts them first: the short ones at the end keep all workers busy."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & SERVERS:
            named = (group for fixture, group in GROUPS.items() if fixture in fixtures)
            item.add_marker(pytest.mark.servers)
            item.add_marker(pytest.mark.xdist_group(next(named, item.path.stem)))
    items.sort(key=lambda item: _place(item))


def _place(item: pytest.Item) -> int:
    """The groups in their order, then other tests on servers, then the rest."""
    group = item.get_closest_marker("xdist_group")
    if group is None:
        return len(GROUPS) + 1
    names = list(GROUPS.values())
    return names.index(group.args[0]) if group.args[0] in names else len(GROUPS)


def pytest_unconfigure() -> None:
    if "temporalio.bridge" in sys.modules:
        time.sleep(NATIVE_THREADS_END_SECONDS)
