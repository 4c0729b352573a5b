"""Due dates and reminders over 45 days of skipped time, with a restart and new runs."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client
from temporalio.worker import Replayer

from models.invoice.commands import Hold, Release
from models.invoice.effects import EffectName
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.values.period import local_moment
from tests.fixtures import invoices
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver
from tests.fixtures.temporal import fast_forward
from worker import build_worker
from workflows.client.connection import DATA_CONVERTER
from workflows.registry import WORKFLOWS
from workflows.runtime.interceptors import GuardMessages

E, S = EffectName, Status
ZONE = "Asia/Tashkent"


class Calendar:
    """Moves the clock of one invoice to moments around its due date."""

    def __init__(self, driver: InvoiceDriver, invoice: Invoice) -> None:
        assert invoice.due is not None
        self.driver, self.due, self.now = driver, invoice.due, datetime.now(UTC)

    async def to(self, days: int, hour: int) -> None:
        """Move the clock to `hour` o'clock in Tashkent, this number of days after the due date."""
        moment = local_moment(self.due + timedelta(days=days), hour, ZONE)
        await fast_forward(self.driver.client, self.driver.handle, moment - self.now)
        self.now = moment


def reminded(activities: InMemoryActivities) -> list[str]:
    return [request.argument["days"] for request in activities.requests_for(E.REMINDER)]


async def test_an_invoice_becomes_overdue_and_each_reminder_is_sent_once(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue, longest_history=70)
        first_run = await driver.run_id()
        await driver.finalize_and_approve()
        invoice = await driver.send_by_email()
        assert invoice.due is not None
        assert invoice.due - invoice.content.invoice_date == timedelta(days=45)
        calendar = Calendar(driver, invoice)
        await calendar.to(-5, 12)
        await driver.until_completed(E.REMINDER)
        assert reminded(activities) == ["-7"]
        assert not (await driver.state()).overdue
    # No worker runs while the next days pass; the timers are the server's.
    async with build_worker(temporal, activities.all(), queue):
        await calendar.to(0, 23)
        await driver.until(lambda state: 0 in state.reminded)
        on_the_day = await driver.state()
        assert not on_the_day.overdue  # day 45 itself is not late
        await calendar.to(1, 1)
        late = await driver.until(lambda state: state.overdue)
        assert late.status is S.SENT
        await calendar.to(16, 12)
        await driver.until(lambda state: len(state.reminded) == 5 and not state.open_effects)
        assert reminded(activities) == ["-7", "0", "1", "7", "15"]
        assert "**OVERDUE**" in await driver.details()
        assert await driver.run_id() != first_run
        await driver.pay()
        assert (await driver.handle.result()).status is S.CLOSED
    assert activities.repeated_effects() == []
    assert not activities.saved[invoice.id].overdue


async def test_a_payment_ends_the_reminders(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await driver.finalize_and_approve()
    calendar = Calendar(driver, await driver.send_by_email())
    await calendar.to(-7, 10)
    await driver.until_completed(E.REMINDER)
    await driver.pay()
    assert (await driver.handle.result()).status is S.CLOSED
    assert reminded(activities) == ["-7"]


async def test_a_release_sends_only_the_newest_reminder_of_the_hold(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await driver.finalize_and_approve()
    calendar = Calendar(driver, await driver.send_by_email())
    await driver.send(Hold(by="boss", reason="client called"))
    await calendar.to(2, 12)
    assert reminded(activities) == []
    assert not (await driver.state()).overdue
    await driver.send(Release(by="boss"))
    await driver.until_completed(E.REMINDER)
    assert reminded(activities) == ["1"]
    assert (await driver.state()).overdue


async def test_a_blocked_effect_does_not_stop_the_reminder(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.outages["accounting.post"] = refusal("no such contractor")
    await driver.finalize()
    await driver.approve()
    calendar = Calendar(driver, await driver.send_by_email())
    await driver.until(lambda invoice: bool(invoice.blocked))
    await driver.until_completed(E.ARCHIVE, E.NOTICE)
    await calendar.to(-7, 10)
    await driver.until_completed(E.REMINDER)
    assert reminded(activities) == ["-7"]


async def delivered_in_five_days_due(temporal: Client, activities: InMemoryActivities, queue: str) -> InvoiceDriver:
    """An invoice that is due five days after its delivery: the reminder seven days before it lies in the past."""
    activities.terms = invoices.terms(payment_days=5)
    driver = await InvoiceDriver.open(temporal, activities, queue)
    await driver.finalize_and_approve()
    await driver.send_by_email()
    return driver


async def test_a_reminder_before_the_delivery_is_not_sent(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await delivered_in_five_days_due(temporal, activities, queue)
        invoice = await driver.until(lambda state: state.reminded == (-7,))
        calendar = Calendar(driver, invoice)
        await calendar.to(0, 12)
        await driver.until_completed(E.REMINDER)
        assert reminded(activities) == ["0"]
        await driver.pay()


async def test_a_history_in_which_an_early_reminder_was_sent_replays(
    temporal: Client, activities: InMemoryActivities, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Releases without the rule sent the reminder together with the invoice."""
    with monkeypatch.context() as earlier:
        earlier.setattr("workflows.invoice.transitions.early_reminders", lambda _: ())
        async with build_worker(temporal, activities.all(), queue):
            driver = await delivered_in_five_days_due(temporal, activities, queue)
            await driver.until_completed(E.REMINDER)
            assert reminded(activities) == ["-7"]
    replayer = Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, interceptors=[GuardMessages()])
    await replayer.replay_workflow(await driver.handle.fetch_history())
