"""The daily summary: the day that it is about, and its schedule."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy

from models.notifications.ports import SummaryStored
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.telegram_chat import InMemoryChat
from worker import build_worker
from workflows.client.recurring import summary_schedule
from workflows.notifications.messages import SummaryStart
from workflows.notifications.summary import TelegramSummaryWorkflow
from workflows.runtime import ids

TASHKENT = ZoneInfo("Asia/Tashkent")
WORKDAYS = range(5)


@pytest.fixture
def chat() -> InMemoryChat:
    return InMemoryChat()


@pytest.fixture
async def client(temporal: Client, chat: InMemoryChat, queue: str) -> AsyncIterator[Client]:
    async with build_worker(temporal, chat.all(), queue):
        yield temporal


async def test_the_summary_of_a_day_that_is_named(client: Client, chat: InMemoryChat, queue: str) -> None:
    start = SummaryStart(day=date(2026, 4, 7))
    stored = await client.execute_workflow(
        TelegramSummaryWorkflow.run, start, id=f"summary.{uuid4()}", task_queue=queue
    )
    assert stored == SummaryStored(chat="-1001", new=True)
    assert [request.day for request in chat.days] == [date(2026, 4, 7)]


async def test_the_schedule_starts_at_its_time_on_its_days_and_keeps_its_state(own_temporal: Client) -> None:
    assert await summary_schedule.apply(own_temporal, WORKDAYS, "09:30") is True
    handle = own_temporal.get_schedule_handle(ids.SUMMARY_SCHEDULE)
    await handle.pause(note="holidays")
    assert await summary_schedule.apply(own_temporal, WORKDAYS, "09:30") is False
    described = await handle.describe()
    assert (described.schedule.state.paused, described.schedule.state.note) == (True, "holidays")
    assert described.schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    times = [moment.astimezone(TASHKENT) for moment in described.info.next_action_times]
    assert {(moment.hour, moment.minute) for moment in times} == {(9, 30)}
    assert {moment.weekday() for moment in times} == set(WORKDAYS)


async def test_sunday_is_a_day_too(own_temporal: Client) -> None:
    await summary_schedule.apply(own_temporal, (6,), "09:00")
    described = await own_temporal.get_schedule_handle(ids.SUMMARY_SCHEDULE).describe()
    assert {moment.astimezone(TASHKENT).weekday() for moment in described.info.next_action_times} == {6}


async def test_a_schedule_that_is_switched_off_is_removed(own_temporal: Client) -> None:
    await summary_schedule.apply(own_temporal, WORKDAYS, "09:00")
    assert await summary_schedule.remove(own_temporal) is True
    assert await summary_schedule.remove(own_temporal) is False


async def test_the_day_is_that_of_the_schedule_and_not_of_the_run(own_temporal: Client, chat: InMemoryChat) -> None:
    """09:00 in Tashkent of the 6th is 04:00 UTC; the run of a caught up time has the day that was missed."""
    await summary_schedule.apply(own_temporal, WORKDAYS, "09:00")
    monday = datetime(2026, 4, 6, 9, tzinfo=TASHKENT)
    async with build_worker(own_temporal, chat.all(), ids.TASK_QUEUE):
        backfill = ScheduleBackfill(
            start_at=monday - timedelta(minutes=1),
            end_at=monday + timedelta(minutes=1),
            overlap=ScheduleOverlapPolicy.ALLOW_ALL,
        )
        await own_temporal.get_schedule_handle(ids.SUMMARY_SCHEDULE).backfill(backfill)

        async def days() -> list[date]:
            return [request.day for request in chat.days]

        await eventually(days, lambda found: found == [date(2026, 4, 6)])
