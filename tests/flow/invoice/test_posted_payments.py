"""A payment is posted by its workflow: once, and before the invoice closes."""

from decimal import Decimal

import pytest

from models.invoice.commands import ReversePayment
from models.invoice.effects import EffectName, EffectState
from models.invoice.status import Status
from tests.fixtures.activities import AMOUNT, InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver

E = EffectName
POST, REVERSE = "accounting.post_payment", "accounting.reverse_payment"


@pytest.fixture
def installation(activities: InMemoryActivities) -> InMemoryActivities:
    """The activities of an installation that posts payments."""
    activities.receipt_details[E.ACCOUNTING] = {"deal_id": "5", "books_payments": "yes"}
    return activities


async def sent(driver: InvoiceDriver) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()


async def test_a_paid_invoice_closes_after_its_income(driver: InvoiceDriver, installation: InMemoryActivities) -> None:
    await sent(driver)
    event = installation.pause(POST)
    await driver.pay()
    await driver.until_calls(POST)
    assert (await driver.state()).status is Status.PAID
    event.set()
    assert (await driver.handle.result()).status is Status.CLOSED
    [request] = installation.requests_for(E.PAYMENT_POSTING)
    assert (request.argument["amount"], request.argument["deal_id"]) == (str(AMOUNT), "5")
    assert installation.repeated_effects() == []


async def test_without_the_setting_a_payment_makes_no_effect_and_no_event(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await sent(driver)
    await driver.pay()
    assert (await driver.handle.result()).status is Status.CLOSED
    state = await driver.state()
    assert not [effect for effect in state.effects if effect.name in (E.PAYMENT_POSTING, E.PAYMENT_REVERSAL)]
    assert activities.calls[POST] == 0
    markers = [event.marker_recorded_event_attributes async for event in driver.handle.fetch_history_events()]
    assert not [each for each in markers if "post-payments" in str(each)]


async def test_part_payments_are_posted_one_by_one_and_a_reversed_one_is_deleted(
    driver: InvoiceDriver, installation: InMemoryActivities
) -> None:
    await sent(driver)
    await driver.pay("p1", Decimal("10.00"))
    await driver.pay("p2", Decimal("20.00"))
    await driver.until(lambda state: [e.state for e in state.effects if e.name is E.PAYMENT_POSTING] == ["done"] * 2)
    await driver.send(ReversePayment(by="boss", payment_id="p1", reason="typed twice"))
    await driver.until_completed(E.PAYMENT_REVERSAL)
    first, second = installation.requests_for(E.PAYMENT_POSTING)
    [deletion] = installation.requests_for(E.PAYMENT_REVERSAL)
    assert [first.argument["payment_id"], second.argument["payment_id"]] == ["p1", "p2"]
    assert (deletion.argument["reverses"], deletion.argument["payment_id"]) == (first.key, "p1")
    assert installation.repeated_effects() == []


async def test_a_payment_that_is_reversed_while_it_is_posted(
    driver: InvoiceDriver, installation: InMemoryActivities
) -> None:
    """The running attempt ends first; then what it created is deleted."""
    await sent(driver)
    event = installation.pause(POST)
    await driver.pay("p1", Decimal("10.00"))
    await driver.until_calls(POST)
    await driver.send(ReversePayment(by="boss", payment_id="p1", reason="typed twice"))
    event.set()
    state = await driver.until_completed(E.PAYMENT_REVERSAL)
    effect = state.latest_effect(E.PAYMENT_POSTING)
    assert effect is not None
    assert effect.state is EffectState.SKIPPED
    names = [each.name for each in installation.requests if each.name in (E.PAYMENT_POSTING, E.PAYMENT_REVERSAL)]
    assert names[-1] is E.PAYMENT_REVERSAL


async def test_a_refused_posting_blocks_the_close_until_it_is_retried(
    driver: InvoiceDriver, installation: InMemoryActivities
) -> None:
    await sent(driver)
    installation.fail(POST, refusal("the account is archived"))
    await driver.pay()
    blocked = await driver.until(lambda state: bool(state.blocked))
    assert (blocked.status, blocked.blocked[0].error) == (Status.PAID, "the account is archived")
    await driver.handle.signal("retry_effect", {"by": "boss", "effect_id": blocked.blocked[0].key})
    assert (await driver.handle.result()).status is Status.CLOSED
    assert installation.repeated_effects() == []
