"""The command line of the benchmarks. Exit code 1 if a target is missed, 2 if another benchmark is running."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import (
    bills,
    command_line,
    commands,
    dashboard,
    drafting,
    editing,
    lifecycle,
    month,
    numbering,
    orders,
    registry,
    replay,
    results,
)
from benchmarks.desk import pages
from benchmarks.engines import FOLDER, Engines, engines
from benchmarks.results import Result
from local.stack.state_directory import AlreadyRunning

WITH_WORKLOGS = {"drafting", "growth", "month"}
WITH_POSTGRES = {"numbering", *WITH_WORKLOGS}
WITH_TEMPORAL = {"lifecycle", *WITH_POSTGRES}
NAMES = (
    "replay",
    "editing",
    "commands",
    "lifecycle",
    "numbering",
    "drafting",
    "growth",
    "month",
    "registry",
    "dashboard",
    "orders",
    "bills",
    "pages",
)

console = Console()


@dataclass(frozen=True)
class Sizes:
    replays: int
    lines: int
    commands: int
    invoices: int
    rounds: int
    numbers: int
    rows: int
    contracts: int
    growth: int
    registry: int
    orders: int
    bill_lines: int
    beside_pages: int


def measure(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"The benchmarks to run, of {', '.join(NAMES)}; by default all.")
    ] = None,
    replays: Annotated[int, typer.Option(min=1, help="replay: repetitions.")] = 20,
    lines: Annotated[int, typer.Option(min=1, help="editing: lines of the draft.")] = 10_000,
    in_commands: Annotated[int, typer.Option("--commands", min=20, help="commands: invoices in a round.")] = 40,
    invoices: Annotated[int, typer.Option(min=50, help="lifecycle: invoices in a round.")] = 100,
    rounds: Annotated[int, typer.Option(min=1, help="commands, lifecycle: rounds, each with its floor.")] = 3,
    numbers: Annotated[int, typer.Option(min=2, help="numbering: invoices finalised at the same time.")] = 200,
    rows: Annotated[int, typer.Option(min=1, help="drafting: worklogs of the busy contract.")] = 30_000,
    contracts: Annotated[int, typer.Option(min=100, help="month: contracts.")] = 1_000,
    growth: Annotated[int, typer.Option(min=2, help="growth: the factor.")] = 100,
    in_registry: Annotated[int, typer.Option(min=10_000, help="registry, dashboard: invoices.")] = 1_000_000,
    in_orders: Annotated[int, typer.Option("--orders", min=1000, help="orders: field orders.")] = 2_000,
    in_bill: Annotated[int, typer.Option("--bill-lines", min=100, help="bills: lines of the bill.")] = 1_000_000,
    beside_pages: Annotated[int, typer.Option("--beside-pages", min=1000, help="pages: invoices.")] = 100_000,
    keep: Annotated[Path, typer.Option(help="The file for the figures.")] = FOLDER / "results.json",
) -> None:
    """Measure the targets of docs/benchmarks.md on servers that the benchmark starts and stops."""
    chosen = tuple(names or NAMES)
    if unknown := set(chosen) - set(NAMES):
        raise typer.BadParameter(
            f"There is no benchmark {', '.join(sorted(unknown))}. The benchmarks are {', '.join(NAMES)}."
        )
    logging.disable(logging.CRITICAL)
    sizes = Sizes(
        replays,
        lines,
        in_commands,
        invoices,
        rounds,
        numbers,
        rows,
        contracts,
        growth,
        in_registry,
        in_orders,
        in_bill,
        beside_pages,
    )
    try:
        found = asyncio.run(_measure(chosen, sizes))
    except AlreadyRunning as error:
        console.print(str(error), style="red")
        raise typer.Exit(2) from error
    results.write(found, keep)
    console.print(f"The figures are in {keep}.", style="dim")
    if not all(result.met for result in found):
        raise typer.Exit(1)


async def _measure(chosen: Sequence[str], sizes: Sizes) -> list[Result]:
    """Each benchmark's figures are printed as soon as they are there."""
    found: list[Result] = []
    async for results_of_one in _each(chosen, sizes):
        console.print(results.table(results_of_one))
        found += results_of_one
    return found


async def _each(chosen: Sequence[str], sizes: Sizes) -> AsyncIterator[list[Result]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    if "replay" in chosen:
        yield await replay.run(sizes.replays)
    if "editing" in chosen:
        yield editing.run(sizes.lines)
    if "commands" in chosen:
        yield await commands.run(console, invoices=sizes.commands, rounds=sizes.rounds)
    if "registry" in chosen:
        yield await registry.run(console, (sizes.registry // 100, sizes.registry))
    if "dashboard" in chosen:
        yield await dashboard.run(console, sizes.registry)
    if "orders" in chosen:
        yield await orders.run(console, orders=sizes.orders)
    if "bills" in chosen:
        yield await bills.run(console, sizes.bill_lines)
    if "pages" in chosen:
        yield await pages.run(console, sizes.beside_pages)
    if not WITH_TEMPORAL.intersection(chosen):
        return
    cached = str(month.CACHED)
    async with engines(console, _components(chosen), AKTUM_CACHED_WORKFLOWS=cached) as running:
        with Progress(*columns, console=console) as progress:
            for name in chosen:
                if name in WITH_TEMPORAL:
                    yield await _run_one(name, running, progress, sizes)


async def _run_one(name: str, running: Engines, progress: Progress, sizes: Sizes) -> list[Result]:
    match name:
        case "lifecycle":
            return await lifecycle.run(running.client, progress, invoices=sizes.invoices, rounds=sizes.rounds)
        case "numbering":
            return await numbering.run(running.client, running.database_url, progress, invoices=sizes.numbers)
        case "drafting":
            return await drafting.busy(running, progress, rows=sizes.rows)
        case "growth":
            return await drafting.growth(running, progress, contracts=100, times=sizes.growth)
        case "month":
            return await month.run(running, progress, contracts=sizes.contracts)
        case _:
            raise AssertionError(f"{name} needs no Temporal")


def _components(chosen: Sequence[str]) -> set[str]:
    postgres = {"postgres", "migrate"} if WITH_POSTGRES.intersection(chosen) else set()
    clickhouse = {"clickhouse"} if WITH_WORKLOGS.intersection(chosen) else set()
    return postgres | clickhouse


if __name__ == "__main__":
    command_line.run(measure)
