"""The benchmark of commands over HTTP: twenty clients generate, finalise and approve invoices on the embedded stack.

The floor is the same number of updates with the same number of activities, each of which makes one database write, sent
by twenty clients directly to the same Temporal server, which keeps its histories in a file. An update with one activity
is measured beside it. All run alternately, so that other work on the machine affects each.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import clickhouse_connect
import httpx
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from activities.database.engine import create_engine
from benchmarks import drafting
from benchmarks.engines import FOLDER, own_environment
from benchmarks.floors.command_floor import PLAIN, SHAPED, TASK_QUEUE, UPDATES, CommandFloorWorkflow, Shape
from benchmarks.results import Result
from local import demo_data
from local.demo.api_client import ApiClient
from local.stack import display
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, StateDirectory
from models.invoice.tables import ExternalEffect
from workflows.client.connection import connect

CLIENTS = 20
TARGET = 0.6
WARM_UP = CLIENTS
EFFECTS_OF_APPROVAL = 3
# Long enough that no client gives up on a slow machine.
ANSWER_SECONDS = 300
POLL_SECONDS = 0.2


@dataclass
class Round:
    """The seconds of each command by its kind, and of all commands of a kind together."""

    advance: Callable[[], None]
    took: dict[str, list[float]] = field(default_factory=dict)
    whole: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Return the number of commands a second."""
        return sum(map(len, self.took.values())) / sum(self.whole.values())

    async def each(self, kind: str, subjects: Sequence[Any], act: Callable[[Any], Awaitable[Any]]) -> list[Any]:
        """Call `act` for each subject and return the answers. Each client waits for an answer before its next call."""
        waiting, answers = iter(subjects), []
        self.took[kind] = []

        async def client() -> None:
            for subject in waiting:
                begun = time.perf_counter()
                answers.append(await act(subject))
                self.took[kind].append(time.perf_counter() - begun)
                self.advance()

        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(CLIENTS):
                group.create_task(client())
        self.whole[kind] = time.perf_counter() - begun
        return answers


@dataclass(frozen=True)
class Measured:
    """One round of the commands, of the floor in their shape, and of updates with one activity."""

    real: Round
    floor: Round
    plain: Round


@dataclass
class Bench:
    editor: ApiClient
    admin: ApiClient
    planfact: str
    temporal: Client
    database: AsyncEngine
    keys: Iterator[str]
    advance: Callable[[], None] = lambda: None

    async def invoices(self, count: int) -> Round:
        found = Round(self.advance)
        keys = [next(self.keys) for _ in range(count)]
        drafts = await found.each("generate", keys, lambda key: self.editor.generate(application_key=key))
        payable = [draft for draft in drafts if Decimal(draft["total_amount"]) > 0]
        await self._register(payable)
        issued = await found.each("finalise", payable, lambda draft: self.editor.command(draft["id"], "finalize"))
        done = await self._effects_done()
        await found.each("approve", issued, self._approve)
        await self._until_done(done + EFFECTS_OF_APPROVAL * len(issued))
        return found

    async def _approve(self, invoice: dict[str, Any]) -> None:
        await self.admin.command(invoice["id"], "approve", digest=invoice["digest"])

    async def floor(self, count: int, shape: Shape) -> Round:
        found = Round(self.advance)
        ids = [f"bench.command.{uuid4()}" for _ in range(count)]
        await found.each("start", ids, partial(self._begin_floor, shape))
        for number in range(1, UPDATES):
            await found.each(f"update {number}", ids, partial(self._write, number))
        await asyncio.gather(*(self.temporal.get_workflow_handle(each).result() for each in ids))
        return found

    async def _begin_floor(self, shape: Shape, workflow_id: str) -> None:
        start = WithStartWorkflowOperation(
            CommandFloorWorkflow.run,
            shape,
            id=workflow_id,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
        await self.temporal.execute_update_with_start_workflow(
            CommandFloorWorkflow.write, 0, start_workflow_operation=start, rpc_timeout=timedelta(seconds=ANSWER_SECONDS)
        )

    async def _write(self, number: int, workflow_id: str) -> None:
        handle = self.temporal.get_workflow_handle(workflow_id)
        await handle.execute_update(CommandFloorWorkflow.write, number, rpc_timeout=timedelta(seconds=ANSWER_SECONDS))

    async def _register(self, drafts: Sequence[dict[str, Any]]) -> None:
        """Create the contracts in PlanFact, which refuses an unknown one."""
        applications = [
            {
                "application_key": each["application_key"],
                "customer_name": each["customer"]["company_name"],
                "tin": each["customer"]["tin"],
            }
            for each in drafts
        ]
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            answer = await http.post(f"{self.planfact}/__sandbox/seed", json={"applications": applications})
            answer.raise_for_status()

    async def _effects_done(self) -> int:
        query = select(func.count()).select_from(ExternalEffect).where(col(ExternalEffect.state) == "done")
        async with self.database.connect() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def _until_done(self, wanted: int) -> None:
        """Wait until the effects of the approvals are completed, so that they do not slow the floor."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while await self._effects_done() < wanted:  # noqa: ASYNC110 - another process changes it
                await asyncio.sleep(POLL_SECONDS)


async def run(console: Console, *, invoices: int, rounds: int) -> list[Result]:
    home = StateDirectory(FOLDER / "commands")
    shutil.rmtree(home.path, ignore_errors=True)
    with Stack(home, env=own_environment(AKTUM_API__UPDATE_TIMEOUT_SECONDS=str(ANSWER_SECONDS))) as stack:
        with display.Board(console) as board:
            await asyncio.to_thread(stack.start, board.show)
            board.freeze()
        with Progress(console=console, transient=True) as progress:
            async with _bench(stack, WARM_UP + rounds * invoices) as bench:
                await bench.invoices(WARM_UP)
                await bench.floor(WARM_UP, SHAPED)
                task = progress.add_task("commands", total=rounds * invoices * 3 * UPDATES)
                bench.advance = lambda: progress.advance(task)
                measured = [await _measure(bench, invoices) for _ in range(rounds)]
    shutil.rmtree(home.path)
    return _results(measured)


async def _measure(bench: Bench, invoices: int) -> Measured:
    return Measured(
        real=await bench.invoices(invoices),
        floor=await bench.floor(invoices, SHAPED),
        plain=await bench.floor(invoices, PLAIN),
    )


@asynccontextmanager
async def _bench(stack: Stack, contracts: int) -> AsyncIterator[Bench]:
    described = stack.describe()
    first = len(demo_data.CONTRACTS) + 1
    everything = first + contracts
    await asyncio.to_thread(_load, described["clickhouse"], everything)
    editor, admin = [await _desk(described, role) for role in ("editor", "admin")]
    database = create_engine(stack.env["DATABASE_URL"])
    keys = (f"APP-{number:03d}" for number in range(first, everything + 1))
    with _floor_worker(stack.env):
        temporal = await connect(described["temporal"], "default")
        yield Bench(editor, admin, described["sandboxes"]["planfact"], temporal, database, keys)
    for each in (editor, admin):
        await each.close()
    await database.dispose()


def _load(clickhouse_url: str, contracts: int) -> None:
    client = clickhouse_connect.get_client(dsn=clickhouse_url, send_receive_timeout=drafting.SLOWEST_LOAD_SECONDS)
    try:
        worklogs = contracts * drafting.ROWS_OF_A_CONTRACT
        demo_data.load(client, size=worklogs, contracts=contracts, today=drafting.today())
    finally:
        client.close()


async def _desk(described: dict[str, Any], role: str) -> ApiClient:
    user = next(user for user in described["users"] if user["role"] == role)
    desk = await ApiClient.open(described["api"], user["username"], user["password"])
    desk.http.timeout = httpx.Timeout(ANSWER_SECONDS)
    return desk


@contextmanager
def _floor_worker(addresses: dict[str, str]) -> Iterator[None]:
    """Run the floor's worker in a process of its own, as Aktum's worker is."""
    command = [sys.executable, "-m", "benchmarks.floors.command_floor"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **addresses}, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _results(rounds: Sequence[Measured]) -> list[Result]:
    ratio = statistics.median(each.real.rate / each.floor.rate for each in rounds)
    real_rate, floor_rate, plain_rate = (
        statistics.median(rates)
        for rates in zip(*((each.real.rate, each.floor.rate, each.plain.rate) for each in rounds), strict=True)
    )
    real = [each.real for each in rounds]
    typical = {
        name: statistics.median(seconds for each in real for seconds in each.took[name]) for name in real[0].took
    }
    rates = {
        name: sum(len(each.took[name]) for each in real) / sum(each.whole[name] for each in real) for name in typical
    }
    single = ", ".join(f"{name} {rates[name]:.1f}/s, {typical[name] * 1000:.0f} ms" for name in typical)
    return [
        Result(
            name="commands",
            what=f"commands over HTTP, {CLIENTS} clients, beside updates with as many activities",
            target=f">= {TARGET} of the floor",
            measured=f"{ratio:.2f} ({real_rate:.1f} commands a second, the floor {floor_rate:.1f}, with one activity "
            f"{plain_rate:.1f}; {single})",
            met=ratio >= TARGET,
            figures={
                "ratio": round(ratio, 3),
                "commands_per_second": round(real_rate, 2),
                "floor_per_second": round(floor_rate, 2),
                "one_activity_per_second": round(plain_rate, 2),
                **{f"{name}_per_second": round(rate, 2) for name, rate in rates.items()},
                **{f"{name}_median_ms": round(seconds * 1000, 1) for name, seconds in typical.items()},
            },
        )
    ]
