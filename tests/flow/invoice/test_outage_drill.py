"""All vendors are down for two days while people work on; when they are back, everything drains by itself, once.

The drill has 21 invoices; AKTUM_DRILL_INVOICES=200 has 200. Its pauses between attempts are longer than the product's,
because two days of attempts every ten minutes would be three hundred for each effect. What keeps the limits of a vendor
while effects drain is tested where it is: docs/integrations.md lists the tests.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.common import RetryPolicy

from models.invoice.commands import Edit
from models.invoice.effects import EFFECTS, EffectKind, EffectName
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver, is_waiting
from tests.fixtures.temporal import fast_forward
from worker import build_worker
from workflows.runtime import activity_options

pytestmark = pytest.mark.timeout(3600)

E = EffectName
INVOICES = int(os.environ.get("AKTUM_DRILL_INVOICES", "21"))
AT_ONCE = 8
LONGEST_PAUSE = timedelta(hours=8)
VENDORS = [spec.activity for spec in EFFECTS.values() if spec.kind is EffectKind.EXTERNAL and spec.activity]


@pytest.fixture(autouse=True)
def rare_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = RetryPolicy(initial_interval=timedelta(minutes=5), backoff_coefficient=10, maximum_interval=LONGEST_PAUSE)
    options = activity_options.Options(activity_options.EFFECT.start_to_close, pauses)
    monkeypatch.setattr(activity_options, "EFFECT", options)


class Company:
    """The invoices of the drill: a third was sent before the outage, a third is approved in it, a third is edited."""

    def __init__(self, drivers: list[InvoiceDriver]) -> None:
        self.sent, self.approved, self.edited = drivers[0::3], drivers[1::3], drivers[2::3]
        self.drivers = drivers

    async def work_before(self) -> None:
        await at_once(self._send(each) for each in self.sent)
        await at_once(each.finalize() for each in self.approved)

    async def _send(self, driver: InvoiceDriver) -> None:
        """Send an invoice that is due tomorrow."""
        await driver.send(Edit(by="amina", expected_revision=1, payment_days=1))
        await driver.finalize_and_approve()
        await driver.send_by_email()

    async def work_in_the_outage(self) -> None:
        await at_once(each.approve() for each in self.approved)
        await at_once(self._edit(each) for each in self.edited)

    async def _edit(self, driver: InvoiceDriver) -> None:
        await driver.send(Edit(by="amina", expected_revision=1, payment_days=30))
        await driver.finalize()

    async def pass_time(self, time: timedelta) -> None:
        await at_once(fast_forward(each.client, each.handle, time) for each in self.drivers)


async def at_once(work: Iterable[object]) -> None:
    """Await all, a few at a time."""
    waiting = iter(work)

    async def next_ones() -> None:
        for each in waiting:
            await each  # type: ignore[misc]

    await asyncio.gather(*(next_ones() for _ in range(AT_ONCE)))


@pytest.fixture
async def company(temporal: Client, activities: InMemoryActivities, queue: str) -> AsyncIterator[Company]:
    async with build_worker(temporal, activities.all(), queue):
        drivers: list[InvoiceDriver] = []

        async def open_one() -> None:
            drivers.append(await InvoiceDriver.open(temporal, activities, queue))

        await at_once(open_one() for _ in range(INVOICES))
        yield Company(drivers)


async def test_two_days_without_any_vendor(company: Company, activities: InMemoryActivities) -> None:
    await company.work_before()
    for name in VENDORS:
        activities.outages[name] = ConnectionError("all vendors are down")
    await company.pass_time(timedelta(hours=12))
    await company.work_in_the_outage()
    await company.pass_time(timedelta(hours=48))  # past 09:00 of the day after the due date, whatever the hour is now

    for driver in company.sent:
        invoice = await driver.until(lambda found: found.overdue)  # its due date and reminders did not wait
        assert (invoice.reminded, is_waiting(invoice, E.REMINDER)) == ((-7, 0, 1), True)
    for driver in company.approved:
        invoice = await driver.state()
        assert invoice.status is Status.APPROVED
        assert all(is_waiting(invoice, name) for name in (E.ARCHIVE, E.ACCOUNTING, E.NOTICE))
    for driver in company.edited:
        assert (await driver.until(lambda found: found.document is not None)).content.payment_days == 30

    activities.outages.clear()
    tried, completed = Counter(activities.calls), len(activities.requests)
    await company.pass_time(LONGEST_PAUSE + timedelta(minutes=5))
    drained = [await driver.until(lambda found: not found.open_effects) for driver in company.drivers]
    assert activities.repeated_effects() == []
    assert attempts_since(tried, activities) == completed_since(completed, activities)  # no vendor is asked in vain
    for invoice in drained:
        assert not invoice.blocked
        assert in_order(invoice, activities)
    assert [len(sent_letters(driver, activities)) for driver in company.sent] == [1] * len(company.sent)


def attempts_since(before: Counter[str], activities: InMemoryActivities) -> Counter[str]:
    """Return how often the activity of each vendor was called since then."""
    return Counter({name: activities.calls[name] - before[name] for name in VENDORS})


def completed_since(before: int, activities: InMemoryActivities) -> Counter[str]:
    names = Counter(EFFECTS[each.name].activity for each in activities.requests[before:])
    return Counter({name: names[name] for name in VENDORS})


def sent_letters(driver: InvoiceDriver, activities: InMemoryActivities) -> list[str]:
    """Return the reminders of the invoice that went out: after an outage the newest one replaces the others."""
    return [each.key for each in activities.requests_for(E.REMINDER) if each.workflow_id == driver.handle.id]


def in_order(invoice: Invoice, activities: InMemoryActivities) -> bool:
    """Return whether the effects of each channel completed in the order in which they were enqueued."""
    completed = [each.key for each in activities.requests if each.invoice_id == invoice.id]
    enqueued = {effect.key: place for place, effect in enumerate(invoice.effects)}
    for channel in {effect.channel for effect in invoice.effects}:
        places = [
            enqueued[key]
            for key in completed
            if key in enqueued and EFFECTS[E(key.rpartition(":")[2])].channel is channel
        ]
        if places != sorted(places):
            return False
    return True
