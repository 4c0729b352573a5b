"""What all tests share: the fixtures in `tests/fixtures/`, and how the tests are divided among workers (`-n`).

Each worker starts the servers that its tests ask for, so that no worker can disturb another. What takes long to start
is shared by the tests of a folder, which all run in one worker.
"""

import gc
import os
import sys
import time
from collections import Counter
from typing import Any

import pytest
import structlog
from xdist.scheduler import LoadFileScheduling

from local.stack import port_allocation
from tests.fixtures.properties import load_profile

pytest_plugins = [
    "tests.fixtures.chromium",
    "tests.fixtures.clickhouse",
    "tests.fixtures.postgres",
    "tests.fixtures.public_data",
    "tests.fixtures.rendering",
    "tests.fixtures.sandboxes",
    "tests.fixtures.temporal",
]

# The tests of such a folder share a stack or a program that takes long to start; elsewhere those of a module stay
# together. The monthly run has a stack of its own.
TOGETHER = ("tests/acceptance", "tests/engines")
ALONE = ("tests/acceptance/test_billing_runs.py",)
# Each of these takes a minute or more, so it starts first: no worker is left alone with one at the end.
LONGEST = (
    *("tests/matrices/", "tests/acceptance/", "tests/stack/test_supervisor.py", "tests/engines/"),
    *(
        "tests/http/browser/",
        "tests/http/openapi/test_schemathesis.py",
        "tests/http/registry/test_http_registry_lists.py",
    ),
    *("tests/http/invoice/test_http_overlapping_periods.py", "tests/http/billing/", "tests/stack/"),
)
SERVERS = {
    *("postgres_url", "temporal", "scratch_clickhouse_url", "demo_clickhouse_url", "clickhouse_url", "sandboxes"),
    *("stack", "own_stack", "start_stack", "run_gotenberg", "versitygw_stack"),
}

# Temporal's native threads may still hold Python objects when the last test ends; an interpreter that exits at once
# aborts now and then ("PyGILState_Release ... finalizing"). Half a second lets them finish.
NATIVE_THREADS_END_SECONDS = 0.5


def pytest_configure(config: pytest.Config) -> None:
    _keep_bytecode()
    load_profile()
    _log_plain_tracebacks()
    _take_ports_of_ones_own()


def _keep_bytecode() -> None:
    """Lets Python save what it compiles: the tests start hundreds of interpreters, and each would compile it again.

    Images of containers often set the variable.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _log_plain_tracebacks() -> None:
    """Logs exceptions as Python prints them: structlog's default takes a minute for one with large local variables."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


def _take_ports_of_ones_own() -> None:
    """Each worker looks for free ports in a part of the range: two that look at once would find the same one free."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    size = (port_allocation.LAST - port_allocation.FIRST) // workers
    port_allocation.FIRST += worker * size
    port_allocation.LAST = port_allocation.FIRST + size


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests on servers and puts the longest first: the short ones at the end keep all workers busy."""
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)
    items.sort(key=_place)
    twice = sorted(nodeid for nodeid, count in Counter(item.nodeid for item in items).items() if count > 1)
    if twice:
        raise pytest.UsageError(f"Several tests have one id, and the workers would execute one of them: {twice[:5]}")


def pytest_collection_finish() -> None:
    """Exempts everything that is loaded now from garbage collection: each full one would visit it all again."""
    gc.collect()
    gc.freeze()


def _place(item: pytest.Item) -> tuple[int, bool]:
    found = (place for place, start in enumerate(LONGEST) if item.nodeid.startswith(start))
    return next(found, len(LONGEST)), item.get_closest_marker("servers") is None


class ByServer(LoadFileScheduling):  # type: ignore[misc]
    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::", 1)[0]
        folder = next((folder for folder in TOGETHER if module.startswith(f"{folder}/")), None)
        return module if folder is None or module in ALONE else folder


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByServer:
    return ByServer(config, log)


def pytest_unconfigure() -> None:
    if "temporalio.bridge" in sys.modules:
        time.sleep(NATIVE_THREADS_END_SECONDS)
