"""The stack of the soak: an embedded stack of its own, with its users, an operator's commands and Temporal."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from temporalio.client import Client

from benchmarks.engines import own_environment
from local.stack import display
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, AlreadyRunning, StateDirectory
from soak.desk import Desk
from soak.polling import until
from workflows.client.connection import connect

FOLDER = ROOT / "var" / "soak"
LONGEST_START = 180.0
CLI_SECONDS = 300
RUNNING = ("temporal", "postgres", "clickhouse", "object_store", "mailbox", "sandboxes", "worker", "api")


@dataclass
class SoakStack:
    """The running stack. `machines` is held by who restarts a component, `terminal` by who calls `aktum`."""

    stack: Stack
    desk: Desk
    temporal: Client
    http: httpx.AsyncClient
    machines: asyncio.Lock = field(default_factory=asyncio.Lock)
    terminal: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def described(self) -> dict[str, Any]:
        return self.stack.describe()

    def admin(self, vendor: str) -> str:
        """Return the address of a sandbox's or the mailbox's own controls."""
        found = self.described
        base = found["mailbox"] if vendor == "mailbox" else found["sandboxes"][vendor]
        return f"{base}/__sandbox"

    async def aktum(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `aktum` on the stack, one command at a time."""
        environment = {**own_environment(), "AKTUM_HOME": str(self.stack.directory.path), "COLUMNS": "300"}
        command = [sys.executable, "-m", "cli", *words]
        async with self.terminal:
            return await asyncio.to_thread(
                subprocess.run,
                command,
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=CLI_SECONDS,
            )

    async def kill(self, name: str) -> None:
        """Kill a component with SIGKILL, and wait until the supervisor has started it again."""
        async with self.machines:
            pid = self.described["pids"][name]
            os.kill(pid, signal.SIGKILL)

            async def again() -> bool | None:
                return True if self._is_healthy(name) and self.described["pids"].get(name) not in (None, pid) else None

            await until(again, LONGEST_START, f"the {name} to start again")

    async def restart(self, name: str) -> None:
        async with self.machines:
            await asyncio.to_thread(self.stack.restart, name)

    async def until_healthy(self) -> None:
        """Wait until the supervisor reports every component healthy."""

        async def healthy() -> bool | None:
            return True if all(map(self._is_healthy, RUNNING)) else None

        async with self.machines:
            await until(healthy, LONGEST_START, "every component to be healthy")

    def _is_healthy(self, name: str) -> bool:
        return bool(self.stack.supervisor.records().get(name, {}).get("state") == "healthy")


@asynccontextmanager
async def soak_stack(console: Console) -> AsyncIterator[SoakStack]:
    """Yield a new stack in var/soak, where its logs stay. Addresses of the environment are ignored."""
    directory = StateDirectory(FOLDER)
    if directory.is_running():
        raise AlreadyRunning(f"Another soak is running in {directory.path}; wait until it has ended.")
    shutil.rmtree(directory.path, ignore_errors=True)
    with Stack(directory, env=own_environment()) as stack:
        with display.Board(console) as board:
            started = False
            await asyncio.to_thread(stack.start, lambda progress: None if started else board.show(progress))
            started = True  # later restarts are counted, not shown
            board.freeze()
        described = stack.describe()
        desk = await Desk.open(described["api"], described["users"])
        # A sandbox closes an idle connection after as many seconds as httpx keeps it, so none is kept.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as http:
            try:
                yield SoakStack(stack, desk, await connect(described["temporal"], "default"), http)
            finally:
                await desk.close()
