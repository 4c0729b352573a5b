"""Money that concerns an invoice whose workflow has ended: a new run continues it from the recorded state."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from temporalio.client import Client

from models.invoice.commands import Command, ReversePayment, Void
from models.invoice.effects import EffectName
from models.invoice.errors import PaymentMismatch
from models.invoice.status import Status
from tests.fixtures.activities import AMOUNT, InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver, payment
from worker import build_worker
from workflows.client.errors import CommandRefused
from workflows.client.invoices import send_to_ended
from workflows.invoice.messages import Answer
from workflows.runtime import ids


@pytest.fixture
async def closed(own_temporal: Client, activities: InMemoryActivities) -> AsyncIterator[InvoiceDriver]:
    """The driver of an invoice that was paid and is closed."""
    async with build_worker(own_temporal, activities.all(), ids.TASK_QUEUE):
        driver = await InvoiceDriver.open(own_temporal, activities, ids.TASK_QUEUE)
        await driver.finalize_and_approve()
        await driver.send_by_email()
        await driver.pay("p1")
        assert (await driver.handle.result()).status is Status.CLOSED
        yield driver


async def send(driver: InvoiceDriver, command: Command) -> Answer:
    [recorded] = driver.activities.saved.values()
    return await send_to_ended(driver.client, recorded, command, update_id=command.request_fingerprint)


@pytest.fixture
def books_payments(activities: InMemoryActivities) -> None:
    activities.receipt_details[EffectName.ACCOUNTING] = {"deal_id": "5", "books_payments": "yes"}


async def test_money_for_a_closed_invoice_is_posted_before_the_run_ends_again(
    books_payments: None, closed: InvoiceDriver
) -> None:
    await send(closed, payment("p2", Decimal("700.00")))
    assert (await closed.handle.result()).status is Status.CLOSED
    await send(closed, ReversePayment(by="boss", payment_id="p2", reason="typed twice"))
    assert (await closed.handle.result()).status is Status.CLOSED
    first, second = closed.activities.requests_for(EffectName.PAYMENT_POSTING)
    [reversal] = closed.activities.requests_for(EffectName.PAYMENT_REVERSAL)
    assert [first.argument["amount"], second.argument["amount"]] == [str(AMOUNT), "700.00"]
    assert reversal.argument["reverses"] == second.key
    assert closed.activities.repeated_effects() == []


async def test_money_for_a_closed_invoice_is_credit(closed: InvoiceDriver) -> None:
    answer = await send(closed, payment("p2", Decimal(700)))
    assert answer.status is Status.CLOSED
    assert (await closed.handle.result()).revision == answer.revision
    [recorded] = closed.activities.saved.values()
    assert (recorded.credit, recorded.balance, recorded.paid) == (Decimal(700), Decimal(0), AMOUNT)
    assert closed.activities.repeated_effects() == []


async def test_a_reversed_payment_opens_a_closed_invoice_until_it_is_paid_again(closed: InvoiceDriver) -> None:
    answer = await send(closed, ReversePayment(by="lena", payment_id="p1", reason="paid by another company"))
    assert answer.status is Status.SENT  # only the payment had accepted it
    opened = await closed.state()
    assert (opened.balance, opened.closed_at) == (AMOUNT, None)
    await closed.pay("p2", AMOUNT)
    assert (await closed.handle.result()).status is Status.CLOSED
    [recorded] = closed.activities.saved.values()
    assert [(each.payment_id, each.reversed is None) for each in recorded.payments] == [("p1", False), ("p2", True)]
    assert closed.activities.repeated_effects() == []


async def test_payments_at_the_same_time_are_all_recorded(closed: InvoiceDriver) -> None:
    await asyncio.gather(*(send(closed, payment(f"c{n}", Decimal(n))) for n in range(1, 6)))
    await closed.handle.result()
    [recorded] = closed.activities.saved.values()
    assert recorded.credit == Decimal(1 + 2 + 3 + 4 + 5)


async def test_a_refused_command_changes_nothing(closed: InvoiceDriver) -> None:
    [before] = closed.activities.saved.values()
    with pytest.raises(CommandRefused) as refused:
        await send(closed, payment("p1", Decimal(1)))
    assert refused.value.code == PaymentMismatch.__name__
    await closed.handle.result()
    [after] = closed.activities.saved.values()
    assert after.revision == before.revision


async def test_money_for_a_void_invoice_is_credit(own_temporal: Client, activities: InMemoryActivities) -> None:
    async with build_worker(own_temporal, activities.all(), ids.TASK_QUEUE):
        driver = await InvoiceDriver.open(own_temporal, activities, ids.TASK_QUEUE)
        await driver.finalize_and_approve()
        await driver.send(Void(by="boss", reason="wrong company"))
        assert (await driver.handle.result()).status is Status.VOID
        assert (await send(driver, payment("p1", Decimal(5)))).status is Status.VOID
        [recorded] = activities.saved.values()
        assert recorded.credit == Decimal(5)
