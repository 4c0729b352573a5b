"""The check of all pages of the desk. Exit code 1 if something is wrong with a page, 2 if another check is running."""

import asyncio
import logging
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import command_line
from benchmarks.engines import own_environment
from local.demo.command import run_scenario
from local.stack import display
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, AlreadyRunning, StateDirectory
from tests.desk_check.findings import table_of_findings, table_of_views
from tests.desk_check.looks import Language, Look, Theme, looks
from tests.desk_check.walk import Walk, chromium

FOLDER = ROOT / "var" / "desk-check"
PLAYED = "demo/summary.json"

console = Console()


def desk_check(
    language: Annotated[Language | None, typer.Option(help="By default both.")] = None,
    theme: Annotated[Theme | None, typer.Option(help="By default both.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="Only pages whose address begins so; may be repeated.")
    ] = None,
    pictures: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Keep a picture of each page there.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Use the data of the check before.")] = False,
) -> None:
    """Open each page of the demo in Chromium, in both languages and themes, and tell what is wrong with it."""
    logging.disable(logging.CRITICAL)
    try:
        chromium()
        walk = asyncio.run(_walk(looks(language, theme), only or [], pictures, again=again))
    except (AlreadyRunning, FileNotFoundError) as error:
        console.print(str(error), style="red")
        raise typer.Exit(2) from error
    console.print(table_of_views(walk.views, walk.findings))
    if not walk.views:
        console.print("No page has such an address.", style="red")
        raise typer.Exit(2)
    if walk.findings:
        console.print(table_of_findings(walk.findings))
        raise typer.Exit(1)
    console.print("Nothing is wrong with any page.", style="green")


async def _walk(looks: list[Look], only: list[str], pictures: Path | None, *, again: bool) -> Walk:
    directory = StateDirectory(FOLDER)
    if directory.is_running():
        raise AlreadyRunning(f"Another check is running in {directory.path}; wait until it has ended.")
    is_played = again and (directory.path / PLAYED).exists()
    if not is_played:
        shutil.rmtree(directory.path, ignore_errors=True)
    with Stack(directory, env=own_environment(AKTUM_API__DESK_OVER_HTTP="true")) as stack:
        with display.Board(console) as board:
            await asyncio.to_thread(stack.start, board.show)
            board.freeze()
        if not is_played:
            with console.status("the month of the demo") as status:
                await run_scenario(stack.describe(), directory.path / "demo", status.update)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        walk = Walk(stack.describe(), looks, pictures)
        with Progress(*columns, console=console) as progress:
            await walk.run(progress, only)
        return walk


if __name__ == "__main__":
    command_line.run(desk_check)
