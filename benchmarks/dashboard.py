"""The time of the finance dashboard of today, with its JSON, over many invoices."""

import asyncio
import os
import shutil
import statistics
import time

from rich.console import Console

from activities.database.engine import REGISTRY, create_engine
from api.accounting.repository import Dashboards
from benchmarks.registry import REPEATS, TODAY, filled
from benchmarks.results import Result
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, StateDirectory
from models.values.period import BILLING_ZONE

FOLDER = ROOT / "var" / "bench" / "dashboard"
TARGET_MS = 300


async def run(console: Console, size: int) -> list[Result]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    with Stack(StateDirectory(FOLDER), {"postgres"}, environment) as stack:
        await asyncio.to_thread(stack.start)
        url = await asyncio.to_thread(filled, console, stack.env["DATABASE_URL"], size)
        engine = create_engine(url, REGISTRY)
        dashboards = Dashboards(engine)
        times = [await _timed(dashboards) for _ in range(REPEATS)]
        await engine.dispose()
    shutil.rmtree(FOLDER)  # some gigabytes
    return [_result(size, statistics.median(times), min(times))]


async def _timed(dashboards: Dashboards) -> float:
    started_at = time.perf_counter()
    figures = await dashboards.live(TODAY, BILLING_ZONE)
    figures.model_dump_json()
    return (time.perf_counter() - started_at) * 1000


def _result(size: int, median: float, least: float) -> Result:
    return Result(
        name="dashboard",
        what=f"finance dashboard of today: {size:,} invoices",
        target=f"< {TARGET_MS} ms",
        measured=f"{median:.0f} ms (the fastest {least:.0f} ms)",
        met=median < TARGET_MS,
        figures={"median_ms": round(median, 1), "least_ms": round(least, 1)},
    )
