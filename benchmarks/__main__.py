"""The command: which benchmarks, how large, and what they found. Exit code 1 when a target is missed."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import replay, results
from benchmarks.results import Result

RESULTS = Path("var/bench/results.json")
NAMES = ("replay",)

console = Console()


def measure(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(NAMES)}; none: all.")] = None,
    replays: Annotated[int, typer.Option(min=1, help="How often the history is replayed.")] = 20,
) -> None:
    """Measure the targets of the design. Everything runs on servers of its own, which end with it."""
    chosen = tuple(names or NAMES)
    if unknown := set(chosen) - set(NAMES):
        raise typer.BadParameter(f"There is no benchmark {', '.join(sorted(unknown))}. There are {', '.join(NAMES)}.")
    logging.disable(logging.CRITICAL)
    found: list[Result] = []
    if "replay" in chosen:
        found += asyncio.run(replay.run(replays))
    console.print(results.table(found))
    results.write(found, RESULTS)
    console.print(f"The figures are in {RESULTS}.", style="dim")
    if not all(result.met for result in found):
        raise typer.Exit(1)


def main() -> None:
    app = typer.Typer(add_completion=False)
    app.command()(measure)
    code: int | str | None = 0
    try:
        app()
    except SystemExit as exit_:
        code = exit_.code
    sys.stdout.flush()
    sys.stderr.flush()
    # Temporal's native threads can abort an interpreter that takes its time to exit.
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main()
