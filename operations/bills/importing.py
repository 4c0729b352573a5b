"""`aktum bills import`: uploads files, waits until they are read and written, and prints each bill.

Exit codes: 0 all bills are there and add up, 1 nothing could be imported, 2 a wrong argument, 3 some need a person.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from operations.api.bills import BillRow, BillsApi, FileStatus
from operations.api.client import ApiRefused, ApiUnavailable
from operations.api.connected import connected as connection
from operations.connections import ATTENTION, console

POLL_SECONDS = 0.5
SHOWN_PROBLEMS = 10
SHOWN_BILLS = 100


@dataclass
class Imported:
    """What became of one file. `problem` says why it was not imported; `findings` need a person."""

    name: str
    already_read: bool = False
    problem: str | None = None
    bills: list[BillRow] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    @property
    def needs_person(self) -> bool:
        return self.problem is not None or bool(self.findings)


def import_files(api: str | None, files: Sequence[Path], hints: Mapping[str, str], wait: int) -> None:
    """Import the files, print what became of each, and end with the exit code."""
    for path in files:
        if not path.is_file():
            raise typer.BadParameter(f"{path} is no file", param_hint="FILE")
    results = asyncio.run(run(api, files, hints, wait))
    if all(each.problem for each in results):
        raise typer.Exit(1)
    if any(each.needs_person for each in results):
        raise typer.Exit(ATTENTION)


async def run(api: str | None, files: Sequence[Path], hints: Mapping[str, str], wait: int) -> list[Imported]:
    """Import the files one after another, with a bar for each, and print what became of each."""
    results: list[Imported] = []
    async with connected(api) as client:
        for path in files:
            with _bars() as bars:
                result = await import_one(client, path, hints, wait, bars)
            print_result(result)
            results.append(result)
    return results


def connected(api: str | None) -> BillsApi:
    """Return the API of these settings. Exit code 1 without a token."""
    return connection(BillsApi, api)


async def import_one(
    api: BillsApi, path: Path, hints: Mapping[str, str], wait: int, bars: Progress | None = None
) -> Imported:
    """Import a file; what goes wrong is its result."""
    result = Imported(path.name)
    bar = _bar(bars, path)
    try:
        received = await api.upload(path, hints, lambda size: _advance(bars, bar, size))
        result.already_read = received.already_read
        status = await _until_ended(api, received.sha256, path.name, wait, bars, bar)
        await _gather(api, status, result, time.monotonic() + wait)
    except (ApiRefused, ApiUnavailable, TimeoutError, OSError) as error:
        result.problem = str(error) or type(error).__name__
    return result


async def _until_ended(
    api: BillsApi, sha256: str, name: str, wait: int, bars: Progress | None, bar: TaskID | None
) -> FileStatus:
    """Return the file when it is read and written. Raises TimeoutError after the wait."""
    end = time.monotonic() + wait
    while True:
        status = await api.file(sha256)
        if status.has_ended:
            return status
        _show(bars, bar, name, status)
        if time.monotonic() > end:
            waits = f" It waits: {status.waits_for}" if status.waits_for else ""
            raise TimeoutError(f"it is not written after {wait} seconds; it goes on by itself.{waits}")
        await asyncio.sleep(POLL_SECONDS)


async def _gather(api: BillsApi, status: FileStatus, result: Imported, end: float) -> None:
    """Add the bills of the file and what does not fit to the result. A bill whose push is not over is waited for."""
    if status.state == "failed":
        result.problem = status.waits_for or "the workflow of the file has failed"
        return
    if status.file and status.file.refusal:
        result.problem = status.file.refusal
        return
    result.findings += [problem.text for problem in status.problems]
    if status.file and status.file.problem_count > len(status.problems):
        result.findings.append(f"and {status.file.problem_count - len(status.problems)} more")
    for head in status.bills:
        if head.outcome == "refused" or head.bill_id is None:
            result.findings.append(head.note or f"the bill {head.provider_invoice_id} was not written")
            continue
        bill = await api.bill(head.bill_id)
        while not bill.is_done and bill.waits_for is None and time.monotonic() < end:
            await asyncio.sleep(POLL_SECONDS)
            bill = await api.bill(head.bill_id)
        result.bills.append(bill)
        if not bill.is_done:
            reason = bill.waits_for or "its steps are not over yet"
            result.findings.append(f"the bill {bill.name} waits, and goes on by itself: {reason}")
        if not bill.adds_up:
            result.findings.append(f"the bill {bill.name} does not add up")
        if bill.finance.state == "failed":
            result.findings.append(f"finance refused the bill {bill.name}: {bill.finance.note}")


def print_result(result: Imported) -> None:
    """Print a file, its bills with their totals, and what does not fit."""
    if result.problem:
        console.print(Text(f"{result.name}: {result.problem}", "red"))
        return
    known = " was imported before; nothing has changed" if result.already_read else " is imported"
    console.print(Text(f"{result.name}{known}.", "green" if not result.findings else "yellow"))
    if result.bills:
        console.print(bill_table(result.bills[:SHOWN_BILLS]))
    if len(result.bills) > SHOWN_BILLS:
        console.print(f"... and {len(result.bills) - SHOWN_BILLS} bills more.")
    for finding in result.findings[:SHOWN_PROBLEMS]:
        console.print(Text(f"  {finding}", "yellow"))
    if len(result.findings) > SHOWN_PROBLEMS:
        console.print(Text(f"  ... and {len(result.findings) - SHOWN_PROBLEMS} more", "yellow"))


def bill_table(bills: Sequence[BillRow]) -> Table:
    """Return the bills as a table."""
    names = ("Bill", "Provider", "Account", "Month", "Lines", "Net", "Tax", "Gross", "", "Finance", "")
    table = Table(*names, box=None, header_style="dim", pad_edge=False)
    for each in bills:
        state = Text(each.finance.state, "red" if each.finance.state == "failed" else "")
        table.add_row(
            *(Text(each.name), Text(each.provider), Text(each.account), each.period_start[:7], f"{each.line_count:,}"),
            *(each.net, each.tax, each.gross, each.currency),
            state,
            Text(each.finance.note or "", "dim"),
        )
    return table


def _bars() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True)


def _bar(bars: Progress | None, path: Path) -> TaskID | None:
    return bars.add_task(f"{escape(path.name)}: send", total=path.stat().st_size) if bars else None


def _advance(bars: Progress | None, bar: TaskID | None, size: int) -> None:
    if bars is not None and bar is not None:
        bars.advance(bar, size)


def _show(bars: Progress | None, bar: TaskID | None, name: str, status: FileStatus) -> None:
    """Show the step that runs on the server; a bar without a total moves to and fro."""
    if bars is None or bar is None:
        return
    step, waits = status.progress, status.waits_for
    if status.file is not None:
        outcomes = status.file.outcomes
        total, waiting = sum(outcomes.values()), outcomes.get("waiting", 0)
        title = f"{name}: {total - waiting} of {total} bills written"
        bars.update(bar, description=escape(title), total=total, completed=total - waiting)
    elif step is not None:
        title = f"{name}: {step.step}, {step.done:,}"
        bars.update(bar, description=escape(title), total=step.total, completed=step.done)
    if waits:
        bars.update(bar, description=escape(f"{name} waits: {waits}"[:100]))
