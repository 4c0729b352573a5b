"""The time of a draft from worklogs: for a contract with many worklogs, and for a normal one while the data grow."""

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import clickhouse_connect
from clickhouse_connect.driver.client import Client as ClickHouse
from rich.progress import Progress
from sqlalchemy import create_engine as create_sync_engine

from activities.billing.drafting import Drafting
from activities.billing.prepared_drafts import PreparedDrafts
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.terms_reader import ContractTermsReader
from activities.database.database_url import psycopg_url
from activities.database.engine import create_engine
from activities.invoice.billed_work import BilledWorkReader
from benchmarks.engines import Engines
from benchmarks.results import Result
from local import demo_data
from local.demo_data import schema
from local.seed import seed_terms
from models.billing.ports import DraftInput
from models.invoice.content.content import Content
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.values.period import BILLING_ZONE, Period

LONGEST_SECONDS = 2
MOST_GROWTH = 1.5
REPEATS = 7
# A defined contract of deal type HR, and a generated contract.
BUSY, BUSY_LABEL = "APP-004", "BWATER"
ORDINARY = "APP-050"
ROWS_OF_A_CONTRACT = 240
SLOWEST_LOAD_SECONDS = 600


def today() -> date:
    return datetime.now(ZoneInfo(BILLING_ZONE)).date()


def load(engines: Engines, progress: Progress, *, contracts: int, worklogs: int) -> demo_data.DemoSummary:
    """Load the demo company with this number of contracts and worklogs into ClickHouse."""
    task = progress.add_task(f"{contracts:,} contracts, {worklogs:,} worklogs", total=worklogs)
    client = _clickhouse(engines)
    try:
        return demo_data.load(
            client,
            size=worklogs,
            contracts=contracts,
            today=today(),
            progress=lambda rows: progress.advance(task, rows),
        )
    finally:
        client.close()


def seed_settings(engines: Engines) -> None:
    engine = create_sync_engine(psycopg_url(engines.database_url))
    seed_terms(engine)
    engine.dispose()


async def busy(engines: Engines, progress: Progress, *, rows: int) -> list[Result]:
    """Add `rows` worklogs on a tenth as many issues to a month of one contract, and measure its draft."""
    await asyncio.to_thread(seed_settings, engines)
    await asyncio.to_thread(load, engines, progress, contracts=100, worklogs=20_000)
    period = Period.before(today())
    await asyncio.to_thread(_add_worklogs, engines, period, rows)
    seconds_taken, content = await _drafts(engines, progress, BUSY, period)
    worklog_count = sum(len(line.work.worklogs) for line in content.lines)
    seconds = statistics.median(seconds_taken)
    return [
        Result(
            name="drafting",
            what=f"draft from {worklog_count:,} worklogs ({len(content.lines):,} lines)",
            target=f"< {LONGEST_SECONDS} s",
            measured=f"{seconds:.2f} s (slowest {max(seconds_taken):.2f} s)",
            met=seconds < LONGEST_SECONDS and worklog_count >= rows,
            figures={
                "median_s": round(seconds, 3),
                "slowest_s": round(max(seconds_taken), 3),
                "worklogs": worklog_count,
                "lines": len(content.lines),
            },
        )
    ]


async def growth(engines: Engines, progress: Progress, *, contracts: int, times: int) -> list[Result]:
    """Measure the draft of one contract while contracts and worklogs grow together; its own month stays the same."""
    await asyncio.to_thread(seed_settings, engines)
    period = Period.before(today())
    medians: list[float] = []
    sizes: list[int] = []
    for factor in (1, times):
        size = contracts * ROWS_OF_A_CONTRACT * factor
        loaded = await asyncio.to_thread(load, engines, progress, contracts=contracts * factor, worklogs=size)
        seconds_taken, _ = await _drafts(engines, progress, ORDINARY, period)
        medians.append(statistics.median(seconds_taken))
        sizes.append(loaded.worklogs)
    small, large = medians
    ratio = large / small
    return [
        Result(
            name="growth",
            what=f"prefill as the worklogs grow from {sizes[0]:,} to {sizes[1]:,}",
            target=f"< {MOST_GROWTH} x the time",
            measured=f"{ratio:.2f} x ({small * 1000:.0f} ms, then {large * 1000:.0f} ms)",
            met=ratio < MOST_GROWTH,
            figures={
                "ratio": round(ratio, 3),
                "before_ms": round(small * 1000, 1),
                "after_ms": round(large * 1000, 1),
                "worklogs_before": sizes[0],
                "worklogs_after": sizes[1],
            },
        )
    ]


async def _drafts(engines: Engines, progress: Progress, key: str, period: Period) -> tuple[list[float], Content]:
    """Return seconds and content of the activity. The first run opens the connections and is not worklog_count."""
    warehouse = Warehouse.at(engines.clickhouse_url)
    engine = create_engine(engines.database_url)
    prefill = Drafting(warehouse, ContractTermsReader(engine), BilledWorkReader(engine), PreparedDrafts(engine))
    request = DraftRequest(subject=ContractPeriod(application_key=key, period=period), by="bench")
    drafting = DraftInput(request=request, invoice_date=today())
    task = progress.add_task(f"draft {key}", total=REPEATS + 1)
    seconds_taken = []
    for _ in range(REPEATS + 1):
        started_at = time.perf_counter()
        content = await prefill.fetch_draft(drafting)
        seconds_taken.append(time.perf_counter() - started_at)
        progress.advance(task)
    warehouse.close()
    await engine.dispose()
    return seconds_taken[1:], content


def _add_worklogs(engines: Engines, period: Period, rows: int) -> None:
    issues = max(rows // 10, 1)
    days = (period.end - period.start).days + 1
    client = _clickhouse(engines)
    insert: Callable[[str], object] = client.command
    insert(
        f"INSERT INTO {schema.ISSUES} SELECT concat('{BUSY_LABEL}-9', leftPad(toString(number), 6, '0')), "  # noqa: S608
        f"'Task', 'P4', '{BUSY_LABEL}', concat('Work on case ', toString(number)), '' FROM numbers({issues})"
    )
    insert(
        f"INSERT INTO {schema.WORKLOGS} SELECT concat('bench-', toString(number)), "  # noqa: S608
        f"concat('{BUSY_LABEL}-9', leftPad(toString(number % {issues}), 6, '0')), 'bench', 'Bench', "
        f"toDate('{period.start}') + number % {days}, NULL, 1800 + 60 * (number % 60), '{BUSY_LABEL}' "
        f"FROM numbers({rows})"
    )
    client.close()


def _clickhouse(engines: Engines) -> ClickHouse:
    return clickhouse_connect.get_client(dsn=engines.clickhouse_url, send_receive_timeout=SLOWEST_LOAD_SECONDS)
