"""The time of pages of the registry and the open items with a hundred times as many invoices."""

import asyncio
import os
import shutil
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from rich.console import Console
from rich.progress import track
from sqlalchemy import create_engine, make_url, text

from activities.database.database_url import psycopg_url
from api.registry.filters import InvoiceFilter, Sort
from api.registry.open_filters import OpenItemFilter
from api.registry.repository import Registry
from benchmarks.desk import registry_page
from benchmarks.results import Result
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, StateDirectory
from models.invoice.status import Status

FOLDER = ROOT / "var" / "bench" / "registry"
ROWS = Path(__file__).with_name("registry_rows.sql").read_text(encoding="utf-8")
SIZES = (10_000, 1_000_000)
TODAY = date(2026, 3, 1)
BATCH = 50_000
REPEATS = 31
TARGET = 3

Page = Callable[[], Awaitable[object]]


async def run(console: Console, sizes: tuple[int, int] = SIZES) -> list[Result]:
    shutil.rmtree(FOLDER, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    with Stack(StateDirectory(FOLDER), {"postgres"}, environment) as stack:
        await asyncio.to_thread(stack.start)
        urls = [await asyncio.to_thread(filled, console, stack.env["DATABASE_URL"], size) for size in sizes]
        few, many = (Registry.at(url) for url in urls)
        times_by_page = await _compared(await _pages(few, sizes[0]), await _pages(many, sizes[1]))
        await few.close()
        await many.close()
        on_desk = await registry_page.run(console, urls[1], sizes[1])
    shutil.rmtree(FOLDER)  # some gigabytes
    return [*(_result(name, sizes, *milliseconds) for name, milliseconds in times_by_page.items()), on_desk]


def filled(console: Console, server_url: str, size: int) -> str:
    """Create a database with `size` invoices and return its URL. The indexes are created last, which is faster."""
    name = f"registry_{size}"
    url = make_url(psycopg_url(server_url)).set(database=name)
    with create_engine(psycopg_url(server_url), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["database_url"] = url.render_as_string(hide_password=False)
    command.upgrade(config, "head")
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        indexes: Mapping[str, str] = dict(
            connection.execute(
                text(
                    "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'invoices' AND indexname LIKE 'ix_%'"
                )
            )
            .tuples()
            .all()
        )
        for index in indexes:
            connection.execute(text(f"DROP INDEX {index}"))
        for first in track(range(1, size + 1, BATCH), f"{size:,} invoices", console=console, transient=True):
            last = min(first + BATCH - 1, size)
            connection.execute(text(ROWS), {"first": first, "last": last, "total": size})
        connection.execute(text("SET maintenance_work_mem = '512MB'"))
        for definition in track(indexes.values(), "indexes", console=console, transient=True):
            connection.execute(text(definition))
        connection.execute(text("VACUUM ANALYZE"))
    return url.render_as_string(hide_password=False)


async def _pages(registry: Registry, size: int) -> dict[str, Page]:
    middle = (await registry.invoices(InvoiceFilter(page=size // 40))).next

    def invoices(**filters: Any) -> Page:
        return lambda: registry.invoices(InvoiceFilter(**filters))

    return {
        "first page": invoices(),
        "a status": invoices(status=[Status.CLOSED]),
        "several statuses": invoices(status=[Status.CLOSED, Status.VOID]),
        "a common word": invoices(q="acme"),
        "a rare word": invoices(q=f"{size // 2:07d}"),
        "a common and a rare word": invoices(q="acme c4ca4238"),
        "a customer": invoices(customer_key="CUST-7"),
        "by customer's name": invoices(sort=Sort.CUSTOMER_NAME),
        "by due date": invoices(sort=Sort.DUE_DATE),
        "a page in the middle, by cursor": invoices(cursor=middle),
        "open items": lambda: registry.open_items(OpenItemFilter(), TODAY),
    }


async def _compared(few: Mapping[str, Page], many: Mapping[str, Page]) -> dict[str, tuple[float, float]]:
    """Return the median milliseconds of both, measured alternately, so that other load affects both."""
    times_by_page = {}
    for name in few:
        times = [(await _timed(few[name]), await _timed(many[name])) for _ in range(REPEATS)]
        times_by_page[name] = (statistics.median(a for a, _ in times), statistics.median(b for _, b in times))
    return times_by_page


async def _timed(page: Page) -> float:
    started_at = time.perf_counter()
    await page()
    return (time.perf_counter() - started_at) * 1000


def _result(name: str, sizes: tuple[int, int], few: float, many: float) -> Result:
    return Result(
        name="registry",
        what=f"registry, {name}: {sizes[1]:,} invoices against {sizes[0]:,}",
        target=f"< {TARGET} x",
        measured=f"{many / few:.1f} x ({few:.1f} ms, {many:.1f} ms)",
        met=many / few < TARGET,
        figures={"few_ms": round(few, 2), "many_ms": round(many, 2), "ratio": round(many / few, 2)},
    )
