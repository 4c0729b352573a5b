"""Deadlines in a real workflow, over days of skipped time: each message goes out once, and none after the wait."""

from datetime import timedelta

import pytest
from temporalio.client import Client

from models.invoice.commands import Hold, Release, RetryEffect
from models.invoice.effects import EffectName, EffectState
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.deadlines import notices, terms_with_deadlines
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from tests.fixtures.temporal import fast_forward
from worker import build_worker
from workflows.invoice.search_attributes import DEADLINE

E = EffectName
HOUR = timedelta(hours=1)


@pytest.fixture
def activities() -> InMemoryActivities:
    return InMemoryActivities(terms=terms_with_deadlines())


async def forward(driver: InvoiceDriver, hours: int) -> None:
    await fast_forward(driver.client, driver.handle, hours * HOUR)


def told(activities: InMemoryActivities) -> list[tuple[str, str, str]]:
    return [
        (request.argument["kind"], request.argument["step"], request.argument["role"])
        for request in activities.requests_for(E.DEADLINE_NOTICE)
    ]


async def until_told(driver: InvoiceDriver, times: int) -> None:
    await driver.until(lambda state: sum(each.state is EffectState.DONE for each in notices(state)) == times)


async def under_review(driver: InvoiceDriver) -> None:
    await driver.finalize()
    await driver.until(lambda state: state.document is not None)


async def test_a_review_is_reminded_after_a_day_and_escalated_after_three(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
        await under_review(driver)

        async def deadline() -> object:
            return (await driver.handle.describe()).typed_search_attributes.get(DEADLINE)

        state = await driver.state()
        started = state.effects[-1].owed_at
        assert await eventually(deadline, lambda found: found is not None) == started + 24 * HOUR
        assert "reminder to managers at" in await driver.until_details("### Waits for a person")
        await forward(driver, 23)
        assert told(activities) == []
        await forward(driver, 2)
        await until_told(driver, 1)
    # The worker is stopped while the escalation becomes due; the timer is the server's.
    async with build_worker(temporal, activities.all(), queue):
        await forward(driver, 48)
        await until_told(driver, 2)
        assert told(activities) == [("review", "reminder", "manager"), ("review", "escalation", "admin")]
        await driver.approve()
        assert await eventually(deadline, lambda found: found is None) is None
        await driver.until_completed(E.ARCHIVE, E.ACCOUNTING, E.NOTICE)
        await forward(driver, 240)
        assert len(told(activities)) == 2
        actions = [event.action for event in activities.saved[state.id].journal]
        assert "deadline_notice_cancelled" not in actions


async def test_nobody_is_told_after_an_approval_in_time(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await under_review(driver)
    await forward(driver, 20)
    await driver.approve()
    await driver.until_completed(E.ARCHIVE, E.ACCOUNTING, E.NOTICE)
    await forward(driver, 200)
    assert told(activities) == []
    assert notices(await driver.state()) == []


async def test_a_blocked_effect_is_told_until_it_is_retried(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.fail("accounting.post", refusal("no such contractor"))
    await driver.finalize()
    await driver.approve()
    blocked = await driver.until(lambda state: bool(state.blocked))
    await forward(driver, 5)
    await until_told(driver, 1)
    await driver.send(RetryEffect(by="boss", effect_id=blocked.blocked[0].key))
    await driver.until_completed(E.ACCOUNTING)
    await forward(driver, 100)
    assert told(activities) == [("blocked_effect", "reminder", "manager")]


async def test_a_hold_delays_the_deadlines_and_the_newest_fires_once(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await under_review(driver)
    await driver.send(Hold(by="boss", reason="the client called"))
    await forward(driver, 100)
    assert notices(await driver.state()) == []
    await driver.send(Release(by="boss"))
    await until_told(driver, 1)
    assert told(activities) == [("review", "escalation", "admin")]


async def test_an_approval_while_mail_is_down_cancels_the_message(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.outages["mail.deadline_notice"] = ConnectionError("no mail server")
    await under_review(driver)
    await forward(driver, 25)
    await driver.until(lambda state: len(notices(state)) == 1)
    await driver.approve()
    state = await driver.until_completed(E.ARCHIVE, E.ACCOUNTING, E.NOTICE)
    [notice] = notices(state)
    assert notice.state is EffectState.SKIPPED
    assert state.status is Status.APPROVED
    assert told(activities) == []
