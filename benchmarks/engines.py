"""The servers of the benchmarks: started empty and stopped with them, so that no other data are read or written.

Temporal keeps its histories in memory here. With a file, the benchmark would measure the flushes of the disk.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rich.console import Console
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from local.engines.temporal_server import temporal_program
from local.stack import display
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, AlreadyRunning, StateDirectory
from workflows.client.connection import DATA_CONVERTER
from workflows.invoice import search_attributes

FOLDER = ROOT / "var" / "bench"


@dataclass(frozen=True)
class Engines:
    client: Client
    stack: Stack

    @property
    def database_url(self) -> str:
        return self.stack.env["DATABASE_URL"]

    @property
    def clickhouse_url(self) -> str:
        return self.stack.env["AKTUM_CLICKHOUSE__URL"]


@asynccontextmanager
async def engines(console: Console, components: set[str], **options: str) -> AsyncIterator[Engines]:
    """Yield Temporal and these components of the embedded stack, empty. Addresses of the environment are ignored.

    `options` are settings of the worker process.
    """
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_program(),
        search_attributes=list(search_attributes.ALL),
        data_converter=DATA_CONVERTER,
        dev_server_log_level="error",
    ) as environment:
        address = environment.client.service_client.config.target_host
        directory = StateDirectory(FOLDER / "stack")
        with Stack(directory, components, {**_environment(address), **options}) as stack:
            if components:
                _empty(directory)
                with display.Board(console) as board:
                    await asyncio.to_thread(stack.start, board.show)
                    board.freeze()
            yield Engines(environment.client, stack)


def _empty(directory: StateDirectory) -> None:
    if directory.is_running():
        raise AlreadyRunning(f"Another benchmark is running in {directory.path}; wait until it has ended.")
    shutil.rmtree(directory.path, ignore_errors=True)


def _environment(temporal_address: str) -> dict[str, str]:
    ours = ("AKTUM_", "DATABASE_URL", "TEMPORAL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "AKTUM_TEMPORAL__ADDRESS": temporal_address}
