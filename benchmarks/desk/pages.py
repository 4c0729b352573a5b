"""The time of every page of the desk on the embedded stack, after the month of the demo and beside many invoices."""

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import create_engine, make_url, text

from activities.database.database_url import psycopg_url
from benchmarks.desk.crawl import Crawl
from benchmarks.desk.visits import ROUNDS, p95, sign_in, timed
from benchmarks.engines import FOLDER, own_environment
from benchmarks.registry import ROWS
from benchmarks.results import Result
from local.demo.command import run_scenario
from local.stack import display
from local.stack.stack import Stack
from local.stack.state_directory import StateDirectory
from models.access.roles import Role

TARGET_MS = 150
BATCH = 50_000
MOST_NAMED = 5
# Lists have a page for each choice of filters, and there are many.
OF_A_PATH = 6
TARGET_BYTES = 30_000
# The oldest open invoices are the first in several lists. They get a content, so that their pages can be opened.
WITH_CONTENT = """
UPDATE invoices SET state = sample.state || jsonb_build_object('id', invoices.id)
FROM (SELECT state FROM invoices WHERE digest IS NOT NULL AND kind = 'service' LIMIT 1) AS sample
WHERE id IN (SELECT id FROM invoices WHERE awaits_money AND digest IS NULL ORDER BY due_date LIMIT 200)
"""
NO_REVIEWS = "UPDATE invoices SET status = 'approved' WHERE status = 'needs_review' AND digest IS NULL"


@dataclass
class Kind:
    """One kind of page: how long it took each time, and the size of the largest one."""

    milliseconds: list[float] = field(default_factory=list)
    bytes: int = 0

    @property
    def p95(self) -> float:
        return p95(self.milliseconds)


class Transport(httpx.AsyncHTTPTransport):
    """Answers 502 where the server ends the connection, as for the page of an added invoice that has no content."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except httpx.ReadError:
            return httpx.Response(HTTPStatus.BAD_GATEWAY, request=request)


async def run(console: Console, size: int) -> list[Result]:
    home = StateDirectory(FOLDER / "pages")
    shutil.rmtree(home.path, ignore_errors=True)
    with Stack(home, env=own_environment(AKTUM_API__DESK_OVER_HTTP="true")) as stack:
        with display.Board(console) as board:
            await asyncio.to_thread(stack.start, board.show)
            board.freeze()
        with console.status("the month of the demo") as status:
            await run_scenario(stack.describe(), home.path / "demo", status.update)
        with console.status(f"{size:,} invoices"):
            await asyncio.to_thread(_fill, stack.env["DATABASE_URL"], size)
        measured = await _measure(console, stack)
    shutil.rmtree(home.path)
    return [_speed(size, measured), _weight(measured)]


def _fill(url: str, size: int) -> None:
    """Add invoices of other clients. None waits for a review, whose page reads the content of each."""
    with create_engine(make_url(psycopg_url(url)), isolation_level="AUTOCOMMIT").connect() as connection:
        for first in range(1, size + 1, BATCH):
            connection.execute(text(ROWS), {"first": first, "last": min(first + BATCH - 1, size), "total": size})
        connection.execute(text(NO_REVIEWS))
        connection.execute(text(WITH_CONTENT))
        connection.execute(text("VACUUM ANALYZE"))


async def _measure(console: Console, stack: Stack) -> dict[str, Kind]:
    """Return the kinds of pages with their times and sizes, for an admin, who sees all of them."""
    described = stack.describe()
    user = next(each for each in described["users"] if each["role"] == Role.ADMIN)
    async with httpx.AsyncClient(base_url=described["api"], timeout=60, transport=Transport()) as client:
        await sign_in(client, user["username"], user["password"])
        crawl = Crawl(client, of_a_path=OF_A_PATH)
        found = [page async for page in crawl.pages() if page.response.status_code == 200]
        kinds: dict[str, Kind] = {}
        for page in found:
            kind = kinds.setdefault(page.kind, Kind())
            kind.bytes = max(kind.bytes, page.response.num_bytes_downloaded)
        with Progress(console=console, transient=True) as progress:
            # In rounds, so that what the stack does meanwhile for a second does not meet all times of one page.
            for _ in progress.track(range(ROUNDS), description=f"{len(found)} pages"):
                for page in found:
                    kinds[page.kind].milliseconds.append(await timed(client, page.address))
    return kinds


def _speed(size: int, kinds: Mapping[str, Kind]) -> Result:
    times = {name: kind.p95 for name, kind in kinds.items()}
    within = sum(each < TARGET_MS for each in times.values())
    slowest = sorted(times, key=lambda name: -times[name])[:MOST_NAMED]
    return Result(
        name="pages",
        what=f"pages of the desk beside {size:,} invoices, 95th percentile",
        target=f"< {TARGET_MS} ms each",
        measured=f"{within} of {len(times)} kinds of pages; the slowest: "
        + ", ".join(f"{name} {times[name]:.0f} ms" for name in slowest),
        met=within == len(times),
        figures={name: round(each, 1) for name, each in times.items()},
    )


def _weight(kinds: Mapping[str, Kind]) -> Result:
    heaviest = sorted(kinds, key=lambda name: -kinds[name].bytes)[:MOST_NAMED]
    return Result(
        name="pages",
        what="bytes of a page as it is sent, without the files that browsers keep",
        target=f"< {TARGET_BYTES // 1000} KB each",
        measured=", ".join(f"{name} {kinds[name].bytes / 1000:.1f} KB" for name in heaviest),
        met=all(kind.bytes < TARGET_BYTES for kind in kinds.values()),
        figures={name: kind.bytes for name, kind in kinds.items()},
    )
