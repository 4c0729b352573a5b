"""The billing run of the twelve active demo contracts: over HTTP, by the schedule, by its catch-up and by a backfill.

The invoices, numbers and amounts are the same each time and belong to the scheduled month.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from temporalio.client import Client, ScheduleCalendarSpec, ScheduleRange, ScheduleSpec

from local.demo.api_client import ApiClient
from local.stack.stack import Stack
from models.values.period import BILLING_ZONE, Period, local_day
from tests.acceptance.conftest import client_of
from tests.fixtures.invoice_driver import eventually
from workflows.client import schedules
from workflows.client.billing_runs import RunState
from workflows.client.connection import connect
from workflows.runtime import ids

pytestmark = pytest.mark.timeout(600)

COMPONENTS = {"temporal", "postgres", "clickhouse", "sandboxes", "migrate", "seed", "worker", "api"}
ACTIVE = [f"APP-{n:03}" for n in range(1, 14) if n != 11]  # APP-011 is closed
FINALISED = ("APP-001", "APP-002", "APP-004")
OUTAGE_SECONDS = 180.0


class BillingDriver:
    """A test driver for billing runs: the command line, the API and the schedule of one stack."""

    def __init__(self, stack: Stack, client: ApiClient, temporal: Client) -> None:
        self.stack = stack
        self.client = client
        self.temporal = temporal

    async def command(self, *words: str, expected: int = 0) -> str:
        """Run `aktum schedule ...` and return its output; fails unless the exit code is `expected`."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli", "schedule", *words),
            env={**os.environ, **self.stack.env, "COLUMNS": "200"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
        assert process.returncode == expected, output
        return output

    async def run(self, run_id: str) -> dict[str, Any]:
        """Return the answer of the API about a run, which is an error while there is no such run."""
        return dict((await self.client.http.get(f"/invoices/runs/{run_id}")).json())

    async def until_completed(self, run_id: str) -> dict[str, Any]:
        return await eventually(
            lambda: self.run(run_id), lambda run: "meta" in run and run["meta"]["state"] == "completed", OUTAGE_SECONDS
        )

    async def scheduled_runs(self) -> tuple[int, bool]:
        """Return the number of runs so far, and whether one is active."""
        info = (await self.temporal.get_schedule_handle(ids.MONTHLY_SCHEDULE).describe()).info
        return info.num_actions, bool(info.running_actions)

    async def bulk(self, period: Period) -> dict[str, Any]:
        body = {"period_start": str(period.start), "period_end": str(period.end)}
        answer = await self.client.http.post("/invoices/generate-bulk", json=body)
        assert answer.status_code in (httpx.codes.OK, httpx.codes.ACCEPTED), answer.text
        return await self.until_completed(answer.json()["meta"]["run_id"])

    async def invoices(self, period: Period) -> dict[str, dict[str, Any]]:
        """Return the invoices of this month by contract; fails if a contract has two."""
        rows = [row for row in await self.client.invoices() if row["period_start"] == str(period.start)]
        found = {row["application_key"]: row for row in rows}
        assert len(found) == len(rows)
        assert {row["period_end"] for row in rows} == {str(period.end)}
        return found


async def by_bulk(driver: BillingDriver, period: Period) -> None:
    await driver.bulk(period)


async def by_backfill(driver: BillingDriver, period: Period) -> None:
    await scheduled(driver, period, "backfill", "--from", period.label, "--to", period.label)


async def by_trigger(driver: BillingDriver, period: Period) -> None:
    await scheduled(driver, period, "trigger", "--period", period.label)


async def scheduled(driver: BillingDriver, period: Period, *words: str) -> None:
    before, _ = await driver.scheduled_runs()
    await driver.command(*words)
    await eventually(driver.scheduled_runs, lambda seen: seen == (before + 1, False), OUTAGE_SECONDS)
    run = await driver.until_completed(schedules.run_id(period))
    assert run["meta"]["period_start"] == str(period.start)


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    """Yield a stack for this module alone, because its tests kill Temporal and draft the previous month."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    with (
        TemporaryDirectory(prefix="aktum-monthly-") as folder,
        Stack(Path(folder) / "state", COMPONENTS, env) as running,
    ):
        running.start()
        yield running


@pytest.fixture(scope="module")
async def driver(own_stack: Stack) -> AsyncIterator[BillingDriver]:
    described = own_stack.describe()
    client = await client_of(described, "editor")
    driver = BillingDriver(own_stack, client, await connect(described["temporal"], "default"))
    assert "created" in await driver.command("apply")
    yield driver
    await client.close()


def months_ago(count: int) -> Period:
    day = local_day(datetime.now(UTC), BILLING_ZONE)
    for _ in range(count):
        period = Period.before(day)
        day = period.start
    return period


async def test_each_start_drafts_the_same_invoices(driver: BillingDriver) -> None:
    """The independence of their order is tested in tests/flow, with activities in memory."""
    period = months_ago(2)  # the previous month is used by the test of the catch-up
    await by_bulk(driver, period)
    drafts = await driver.invoices(period)
    assert sorted(drafts) == ACTIVE
    for key, row in drafts.items():
        body = {"application_key": key, "period_start": str(period.start), "period_end": str(period.end)}
        preview = (await driver.client.http.post("/invoices/prefill", json=body)).json()["data"]
        assert row["total_amount"] == preview["total_amount"]
    for key in FINALISED:
        await driver.client.command(drafts[key]["id"], "finalize")
    kept = await driver.invoices(period)
    assert all(kept[key]["display_number"] for key in FINALISED)
    for start in (by_trigger, by_backfill, by_bulk):
        await start(driver, period)
        assert await driver.invoices(period) == kept


async def test_a_backfill_of_several_months_bills_each_of_them(driver: BillingDriver) -> None:
    first, last = months_ago(6), months_ago(5)
    before, _ = await driver.scheduled_runs()
    output = await driver.command("backfill", "--from", first.label, "--to", last.label)
    assert schedules.run_id(first) in output
    assert schedules.run_id(last) in output
    await eventually(driver.scheduled_runs, lambda seen: seen == (before + 2, False), OUTAGE_SECONDS)
    for period in (first, last):
        assert sorted(await driver.invoices(period)) == ACTIVE
    assert f"{last.label}" in await driver.command("describe")


async def test_what_was_missed_in_an_outage_is_caught_up_for_its_own_month(driver: BillingDriver) -> None:
    """The schedule is due some seconds ahead, and the server is stopped at that time."""
    moment = (datetime.now(UTC) + timedelta(seconds=20)).replace(microsecond=0)
    monthly = schedules.monthly()
    soon = await driver.temporal.create_schedule("soon", replace(monthly, spec=at(moment)))
    assert (await soon.describe()).info.next_action_times == [moment]
    await asyncio.to_thread(driver.stack.kill, "temporal")
    assert await now() < moment  # otherwise it may have run before the outage
    await eventually(now, lambda current: current > moment + timedelta(seconds=1))
    await asyncio.to_thread(driver.stack.start_component, "temporal")
    run = await driver.until_completed(f"{ids.MONTHLY_SCHEDULE}-{moment:%Y-%m-%dT%H:%M:%SZ}")
    period = Period.before(local_day(moment, BILLING_ZONE))
    assert [run["meta"]["period_start"], run["meta"]["created"]] == [str(period.start), len(ACTIVE)]
    kept = await driver.invoices(period)
    assert sorted(kept) == ACTIVE
    if moment < schedules.scheduled_at(period):  # in the first hours of a month
        month = ("--from", period.label, "--to", period.label)
        assert "is not over" in await driver.command("backfill", *month, expected=2)
    else:
        await by_backfill(driver, period)
    assert await driver.invoices(period) == kept
    again = await driver.bulk(period)
    assert {row["outcome"] for row in again["data"]} == {"already_there"}
    assert await driver.invoices(period) == kept


async def now() -> datetime:
    return datetime.now(UTC)


def at(moment: datetime) -> ScheduleSpec:
    """Return a specification that is due once, in UTC."""
    once = ScheduleCalendarSpec(
        second=[ScheduleRange(moment.second)],
        minute=[ScheduleRange(moment.minute)],
        hour=[ScheduleRange(moment.hour)],
        day_of_month=[ScheduleRange(moment.day)],
        month=[ScheduleRange(moment.month)],
        year=[ScheduleRange(moment.year)],
    )
    return ScheduleSpec(calendars=[once])


async def test_the_schedule_is_described_paused_and_checked(driver: BillingDriver) -> None:
    output = await driver.command("describe")
    first = local_day(datetime.now(UTC), BILLING_ZONE)
    assert "The monthly schedule runs." in output
    assert f"for {Period.month(first.year, first.month).title}" in output  # next: the 1st of next month, for this one
    assert RunState.COMPLETED in output
    await driver.command("pause", "--note", "books are being closed")
    paused = await driver.command("describe", expected=3)
    assert "is paused. Note: books are being closed" in paused
    assert "updated" in await driver.command("apply")
    assert "is paused" in await driver.command("describe", expected=3)
    await by_trigger(driver, months_ago(2))  # a requested run is not affected by the pause
    await driver.command("unpause")
    assert "The monthly schedule runs." in await driver.command("describe")
    this_month = f"{first:%Y-%m}"
    assert "is not over" in await driver.command("trigger", "--period", this_month, expected=2)
    assert "must be a month such as 2026-02" in await driver.command("trigger", "--period", "2026-13", expected=2)
    assert "is before" in await driver.command("backfill", "--from", "2026-02", "--to", "2026-01", expected=2)


async def test_trigger_without_a_month_bills_last_month(driver: BillingDriver) -> None:
    kept = await driver.invoices(months_ago(1))
    before, _ = await driver.scheduled_runs()
    await driver.command("trigger")
    await eventually(driver.scheduled_runs, lambda seen: seen == (before + 1, False), OUTAGE_SECONDS)
    after = await driver.invoices(months_ago(1))
    assert sorted(after) == ACTIVE
    assert {key: after[key] for key in kept} == kept
