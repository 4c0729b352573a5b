"""The import of a bill with many lines, as CSV and as Parquet, up to the rows in PostgreSQL.

The floor is DuckDB's sum of one column of the same file, measured alternately.
"""

import asyncio
import json
import os
import shutil
import statistics
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from rich.console import Console
from rich.progress import track

from benchmarks import bill_file
from benchmarks.results import Result
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, StateDirectory

FOLDER = ROOT / "var" / "bench" / "bills"
ROUNDS = 3
TARGET = 0.3
MOST_MIB = 600


async def run(console: Console, lines: int) -> list[Result]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    with Stack(StateDirectory(FOLDER), {"postgres"}, environment) as stack:
        await asyncio.to_thread(stack.start)
        url = stack.env["DATABASE_URL"]
        await asyncio.to_thread(_migrate, url)
        files = await asyncio.to_thread(bill_file.write, FOLDER / "files", lines)
        results = [await _measured(console, path, url) for path in files]
    shutil.rmtree(FOLDER)  # some gigabytes
    return results


def _migrate(url: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["database_url"] = url
    command.upgrade(config, "head")


async def _measured(console: Console, path: Path, url: str) -> Result:
    imports, floors = [], []
    for _ in track(range(ROUNDS), f"import of {path.name}", console=console, transient=True):
        floors.append(await _figures("-", str(path)))
        imports.append(await _figures(str(path), str(path.with_suffix(".lines")), url))
    return result(path.suffix.removeprefix("."), imports, floors)


async def _figures(*arguments: str) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.bill_import", *arguments), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    written, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the import ended with the exit code {process.returncode}")
    figures: dict[str, float] = json.loads(written)
    return figures


def result(kind: str, imports: list[dict[str, float]], floors: list[dict[str, float]]) -> Result:
    """Return the result of the rounds.

    Of Parquet the sum reads one of 57 columns, which no import can approach, so only its memory has a target.
    """
    seconds = statistics.median(each["seconds"] for each in imports)
    read = statistics.median(each["read_seconds"] for each in imports)
    texts = statistics.median(low["seconds"] / each["text_seconds"] for low, each in zip(floors, imports, strict=True))
    floor = statistics.median(each["seconds"] for each in floors)
    ratio = statistics.median(low["seconds"] / each["seconds"] for low, each in zip(floors, imports, strict=True))
    peak = max(each["peak_mib"] for each in imports)
    rows = int(imports[0]["rows"])
    is_csv = kind == "csv"
    return Result(
        name="bills",
        what=f"import of a bill with {rows:,} lines and 57 columns as {kind.upper() if is_csv else 'Parquet'}",
        target=(f">= {TARGET} of a sum over the file, " if is_csv else "") + f"< {MOST_MIB} MiB",
        measured=f"{ratio:.3f} ({rows / seconds:,.0f} rows a second, the sum {rows / floor:,.0f}; "
        f"read in {read:.1f} s, with PostgreSQL {seconds:.1f} s); {texts:.3f} without PostgreSQL; "
        f"at most {peak:.0f} MiB",
        met=peak < MOST_MIB and (ratio >= TARGET or not is_csv),
        figures={
            "rows": rows,
            "rows_per_second": round(rows / seconds),
            "read_seconds": round(read, 2),
            "seconds": round(seconds, 2),
            "floor_seconds": round(floor, 3),
            "ratio": round(ratio, 4),
            "ratio_without_postgres": round(texts, 4),
            "peak_mib": round(peak),
        },
    )
