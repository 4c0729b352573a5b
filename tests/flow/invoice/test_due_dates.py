"""Forty-five days in a few seconds: reminders once each, overdue on the day after, through restarts and new runs."""

from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from models.invoice.commands import Hold, Release
from models.invoice.effects import EffectName
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.values.period import local_moment
from tests.fixtures.activities import Outside, refusal
from tests.fixtures.invoice_driver import Desk
from tests.fixtures.temporal import fast_forward
from worker import build_worker

E, S = EffectName, Status
ZONE = "Asia/Tashkent"


class Calendar:
    """Moves one invoice's clock to moments around its due date."""

    def __init__(self, desk: Desk, invoice: Invoice) -> None:
        assert invoice.due is not None
        self.desk, self.due, self.now = desk, invoice.due, datetime.now(UTC)

    async def to(self, days: int, hour: int) -> None:
        """`hour` o'clock in Tashkent, so many days after the due date."""
        moment = local_moment(self.due + timedelta(days=days), hour, ZONE)
        await fast_forward(self.desk.client, self.desk.handle, moment - self.now)
        self.now = moment


def reminded(outside: Outside) -> list[str]:
    return [request.argument["days"] for request in outside.happened(E.REMINDER)]


async def test_overdue_and_each_reminder_once_through_a_restart_and_new_runs(
    temporal: Client, outside: Outside, queue: str
) -> None:
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue, longest_history=70)
        first_run = await desk.run_id()
        await desk.approved()
        invoice = await desk.email()
        assert invoice.due is not None
        assert invoice.due - invoice.content.invoice_date == timedelta(days=45)
        calendar = Calendar(desk, invoice)
        await calendar.to(-5, 12)
        await desk.until_done(E.REMINDER)
        assert reminded(outside) == ["-7"]
        assert not (await desk.state()).overdue
    # nobody works while the next days pass; the timer is the server's
    async with build_worker(temporal, outside.activities(), queue):
        await calendar.to(0, 23)
        await desk.until(lambda seen: 0 in seen.reminded)
        on_the_day = await desk.state()
        assert not on_the_day.overdue  # day 45 itself is not late
        await calendar.to(1, 1)
        late = await desk.until(lambda seen: seen.overdue)
        assert late.status is S.SENT
        await calendar.to(16, 12)
        await desk.until(lambda seen: len(seen.reminded) == 5 and not seen.open_effects)
        assert reminded(outside) == ["-7", "0", "1", "7", "15"]
        assert "**OVERDUE**" in await desk.details()
        assert await desk.run_id() != first_run
        await desk.pay()
        assert (await desk.handle.result()).status is S.CLOSED
    assert outside.repeated() == []
    assert not outside.rows[invoice.id].overdue


async def test_a_payment_ends_the_reminders(desk: Desk, outside: Outside) -> None:
    await desk.approved()
    calendar = Calendar(desk, await desk.email())
    await calendar.to(-7, 10)
    await desk.until_done(E.REMINDER)
    await desk.pay()
    assert (await desk.handle.result()).status is S.CLOSED
    assert reminded(outside) == ["-7"]


async def test_a_hold_silences_and_its_release_sends_only_the_newest(desk: Desk, outside: Outside) -> None:
    await desk.approved()
    calendar = Calendar(desk, await desk.email())
    await desk.send(Hold(by="boss", reason="client called"))
    await calendar.to(2, 12)
    assert reminded(outside) == []
    assert not (await desk.state()).overdue
    await desk.send(Release(by="boss"))
    await desk.until_done(E.REMINDER)
    assert reminded(outside) == ["1"]
    assert (await desk.state()).overdue


async def test_a_blocked_integration_does_not_stop_the_reminder(desk: Desk, outside: Outside) -> None:
    outside.down["accounting.post"] = refusal("no such contractor")
    await desk.finalize()
    await desk.approve()
    calendar = Calendar(desk, await desk.email())
    await desk.until(lambda invoice: bool(invoice.blocked))
    await desk.until_done(E.ARCHIVE, E.NOTICE)
    await calendar.to(-7, 10)
    await desk.until_done(E.REMINDER)
    assert reminded(outside) == ["-7"]
