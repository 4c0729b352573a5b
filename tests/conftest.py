"""What all tests share: the fixtures in `tests/fixtures/`, one module for each engine that a test may need."""

import sys
import time

pytest_plugins = ["tests.fixtures.postgres", "tests.fixtures.temporal"]

# Temporal's native threads may still hold Python objects when the last test ends; an interpreter that exits at once
# aborts now and then ("PyGILState_Release ... finalizing"). Half a second lets them finish.
NATIVE_THREADS_END_SECONDS = 0.5


def pytest_unconfigure() -> None:
    if "temporalio.bridge" in sys.modules:
        time.sleep(NATIVE_THREADS_END_SECONDS)
