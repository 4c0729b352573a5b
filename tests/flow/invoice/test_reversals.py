"""What an approval did outside is taken back before it is done again; a letter asks for what is owed when it goes."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from models.invoice.commands import Deliver, Reopen, RetryEffect
from models.invoice.effects import EffectName
from models.invoice.ports import EFFECT_PORTS
from models.invoice.status import Status
from models.values.document_options import Channel
from tests.fixtures.activities import Outside, refusal
from tests.fixtures.invoice_driver import Desk
from tests.fixtures.temporal import fast_forward

E = EffectName


def port(name: EffectName) -> str:
    return EFFECT_PORTS[name].name


async def test_a_second_approval_books_only_when_the_first_booking_is_taken_back(desk: Desk, outside: Outside) -> None:
    """Approved again while the reversal is under way; then PlanFact refuses the reversal."""
    await desk.approved()
    gate = outside.hold_up(port(E.ACCOUNTING_REVERSAL))
    outside.fail(port(E.ACCOUNTING_REVERSAL), refusal("the period is closed"))
    await desk.send(Reopen(by="amina"))
    await desk.until_called(port(E.ACCOUNTING_REVERSAL))
    await desk.finalize()
    await desk.approve()
    gate.set()
    blocked = await desk.until(lambda seen: any(e.name is E.ACCOUNTING_REVERSAL for e in seen.blocked))
    await desk.until_done(E.NOTICE)  # the other channels go on
    await desk.send(RetryEffect(by="boss", effect_id=blocked.blocked[0].key))
    await desk.until_done(E.ACCOUNTING)
    books = [each.name for each in outside.requests if each.name in (E.ACCOUNTING, E.ACCOUNTING_REVERSAL)]
    assert books == [E.ACCOUNTING, E.ACCOUNTING_REVERSAL, E.ACCOUNTING]


async def test_an_outage_of_didox_does_not_hold_up_a_letter(desk: Desk, outside: Outside) -> None:
    await desk.approved()
    gate = outside.hold_up(port(E.EINVOICE_SIGNATURE))
    await desk.send(Deliver(by="boss", channel=Channel.DIDOX))
    await desk.until_done(E.EINVOICE)
    outside.down[port(E.EINVOICE_CANCEL)] = RuntimeError("Didox is down")
    await desk.send(Reopen(by="amina"))
    gate.set()
    await desk.finalize()
    await desk.approve()
    await desk.send(Deliver(by="boss", channel=Channel.EMAIL))
    await desk.until_status(Status.SENT)


async def test_a_reminder_under_way_gives_way_to_one_about_what_is_left(desk: Desk, outside: Outside) -> None:
    await desk.approved()
    await desk.email()
    gate = outside.hold_up(port(E.REMINDER))
    outside.fail(port(E.REMINDER), RuntimeError("the mail server is down"))
    skipping = asyncio.create_task(fast_forward(desk.client, desk.handle, timedelta(days=40)))
    await desk.until_called(port(E.REMINDER))
    await desk.pay("p1", Decimal("5000000.00"))
    gate.set()
    await desk.until_done(E.REMINDER)
    skipping.cancel()
    assert [each.argument["balance"] for each in outside.happened(E.REMINDER)] == ["10000000.00"]
