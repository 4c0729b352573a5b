"""Payments of a running invoice: parts, surplus, reversal, and repetition, also across a continue-as-new."""

import asyncio
from decimal import Decimal

import pytest
from temporalio.client import Client

from models.access.roles import Role
from models.invoice.commands import ReversePayment, WriteOff
from models.invoice.effects import EffectName
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver, eventually, payment
from worker import build_worker
from workflows.client.errors import CommandRefused, WorkflowClosed

E, S = EffectName, Status


async def test_partial_payments_and_a_surplus(driver: InvoiceDriver) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    # 15,000,000 - 10,000,000 = 5,000,000 remain; a payment of 6,000,000 has a surplus of 1,000,000.
    assert (await driver.pay("p1", Decimal(10_000_000))).status is S.ACCEPTED
    assert (await driver.state()).balance == Decimal(5_000_000)
    await driver.pay("p2", Decimal(6_000_000))
    assert (await driver.handle.result()).status is S.CLOSED
    closed = await driver.state()
    assert (closed.balance, closed.payments[1].surplus) == (Decimal(0), Decimal(1_000_000))


async def test_a_payment_that_is_sent_in_several_ways_is_recorded_once(driver: InvoiceDriver) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    first = await driver.pay("p1", Decimal(1_000_000), update_id="key-1")
    again = await driver.pay("p1", Decimal(1_000_000), update_id="key-1")
    other = await driver.pay("p1", Decimal(1_000_000), update_id="key-2")
    assert first == again == other
    await driver.handle.signal("record_payment", payment("p1", Decimal(1_000_000)).model_dump(mode="json"))
    with pytest.raises(CommandRefused) as refused:
        await driver.pay("p1", Decimal(2_000_000))
    assert refused.value.code == "PaymentMismatch"
    assert len((await driver.state()).payments) == 1


async def test_a_signal_records_a_payment(driver: InvoiceDriver) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    await driver.handle.signal("record_payment", payment().model_dump(mode="json"))
    assert (await driver.handle.result()).status is S.CLOSED


async def test_many_signals_of_one_payment_record_it_once(driver: InvoiceDriver) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    import_row = payment("p1", Decimal(1_000_000)).model_dump(mode="json")
    await asyncio.gather(*(driver.handle.signal("record_payment", import_row) for _ in range(20)))
    await driver.pay("p2", Decimal(2_000_000))
    assert [p.payment_id for p in (await driver.state()).payments] == ["p1", "p2"]


async def test_a_payment_is_recorded_once_across_continue_as_new(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue, longest_history=60)
        first_run = await driver.run_id()
        await driver.finalize_and_approve()
        await driver.send_by_email()
        part = payment("p1", Decimal(1_000_000)).model_copy(update={"idempotency_key": "key-1"})
        await driver.send(part, update_id="key-1")
        await eventually(driver.run_id, lambda run: run != first_run)
        await driver.send(part, update_id="key-1")
        await driver.pay("p1", Decimal(1_000_000))
        invoice = await driver.state()
        assert [p.payment_id for p in invoice.payments] == ["p1"]
        assert invoice.balance == Decimal(14_000_000)
        await driver.pay("p2", Decimal(14_000_000))
        assert (await driver.handle.result()).status is S.CLOSED
    assert activities.repeated_effects() == []


async def paid_but_not_archived(driver: InvoiceDriver) -> None:
    """Pay the invoice while its document cannot be archived, so that it is paid and not closed."""
    driver.activities.pause("archive.store")
    await driver.finalize()
    await driver.approve()
    await driver.send_by_email()
    assert (await driver.pay()).status is S.PAID


async def test_a_reversed_payment_reopens_the_invoice(driver: InvoiceDriver) -> None:
    await paid_but_not_archived(driver)
    wrong = ReversePayment(by="boss", payment_id="p1", reason="paid for another invoice")
    answers = [await driver.send(wrong.model_copy(update={"idempotency_key": "key-1"})) for _ in range(2)]
    assert {answer.status for answer in answers} == {S.SENT}
    assert (await driver.state()).balance == Decimal(15_000_000)
    driver.activities.resume_all()
    await driver.until_completed(E.ARCHIVE)
    assert (await driver.pay("p2")).status in (S.PAID, S.CLOSED)
    assert (await driver.handle.result()).status is S.CLOSED
    with pytest.raises(WorkflowClosed):
        await driver.send(wrong)


async def test_a_signal_reverses_a_payment_and_a_wrong_one_is_noted(driver: InvoiceDriver) -> None:
    await paid_but_not_archived(driver)
    await driver.handle.signal("reverse_payment", {"payment_id": "p1", "reason": "paid for another invoice"})
    await driver.until_status(S.SENT)
    for payment_id in ("p1", "p9"):
        await driver.handle.signal("reverse_payment", {"payment_id": payment_id, "reason": "once more"})
    invoice = await driver.until(lambda state: len(state.notes) == 2)
    assert all(note.text.startswith("Ignored `reverse_payment`") for note in invoice.notes)
    driver.activities.resume_all()


async def test_a_payment_like_a_booked_one_is_recorded_only_when_it_is_confirmed(driver: InvoiceDriver) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    await driver.pay("p1", Decimal(1_000_000))
    similar = payment("p2", Decimal(1_000_000))
    events = await driver.events()
    with pytest.raises(CommandRefused) as refused:
        await driver.send(similar)
    assert refused.value.code == "NeedsConfirmation"
    assert [warning["code"] for warning in refused.value.warnings] == ["PaymentBooked"]
    assert await driver.events() == events  # a refused update leaves no event
    await driver.handle.signal("record_payment", similar.model_dump(mode="json"))
    noted = await driver.until(lambda state: bool(state.notes))
    assert "PaymentBooked" in noted.notes[0].text
    assert len(noted.payments) == 1
    await driver.send(similar.model_copy(update={"confirmed_warnings": ("PaymentBooked",)}))
    assert (await driver.state()).paid == Decimal(2_000_000)


async def test_money_for_a_paid_invoice_is_the_clients_credit(driver: InvoiceDriver) -> None:
    await paid_but_not_archived(driver)
    await driver.pay("p2", Decimal(1_000))
    await driver.handle.signal("record_payment", payment("p3", Decimal(500)).model_dump(mode="json"))
    invoice = await driver.until(lambda state: state.credit == Decimal(1_500))
    assert (invoice.status, invoice.balance) == (S.PAID, Decimal(0))
    driver.activities.resume_all()
    assert (await driver.handle.result()).status is S.CLOSED


async def test_a_rest_that_is_written_off_closes_the_invoice(driver: InvoiceDriver) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    await driver.pay("p1", Decimal("14999999.50"))
    fee = WriteOff(by="boss", role=Role.EDITOR, kind=WriteOffKind.FEE, reason="a fee of the bank")
    with pytest.raises(CommandRefused) as refused:
        await driver.send(fee)
    assert refused.value.code == "NeedsSomeoneElse"
    await driver.handle.signal("write_off", {"kind": "fee", "reason": "a fee of the bank", "amount": "0.50"})
    assert (await driver.handle.result()).status is S.CLOSED
    assert (await driver.state()).written_off == Decimal("0.50")
