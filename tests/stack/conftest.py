"""Fixtures for tests that start their own stacks in temporary state directories."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.stack.stack import Stack

StartStack = Callable[..., Stack]


def clean_environment() -> dict[str, str]:
    """Return the environment without variables that make a component external or choose the state directory."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    pause = iter(lambda: time.monotonic() < deadline, False)
    assert any(condition() for _ in pause), f"the condition does not hold after {seconds} s"


@pytest.fixture
def start_stack(tmp_path: Path) -> Iterator[StartStack]:
    stacks: list[Stack] = []

    def start(*components: str, **more: str) -> Stack:
        stack = Stack(tmp_path / "state", set(components), {**clean_environment(), **more})
        stacks.append(stack)
        stack.start()
        return stack

    yield start
    for stack in stacks:
        stack.stop()
