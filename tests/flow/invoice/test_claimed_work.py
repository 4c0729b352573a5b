"""What the workflow does when another invoice of the contract takes the same work at the same time."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest
from temporalio.client import Client

from models.billing.ports import FETCH_DRAFT
from models.contracts.contract import ContractRecords, DealType
from models.invoice.commands import CheckFacts, Edit, Regenerate, TakeIn, Undo
from models.invoice.ports import CLAIM_WORKLOGS, PROJECT
from models.values.failure_codes import Failure
from tests.fixtures import invoices
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver
from worker import build_worker
from workflows.client.errors import CommandRefused

CLAIM = CLAIM_WORKLOGS.name
TAKEN = refusal("Another invoice of A bills worklog w2 on ACT-9.", Failure.WORK_TAKEN)


def hourly(key: str, *ids: str) -> ContractRecords:
    worklogs = [invoices.worklog(1, day=date(2026, 2, 2), worklog_id=each) for each in ids]
    return invoices.contract(worklogs, DealType.HR, application_key=key)


@pytest.fixture
def activities() -> InMemoryActivities:
    return InMemoryActivities(records=lambda key: hourly(key, "w1"))


async def late_work(driver: InvoiceDriver, *ids: str) -> int:
    """Log further worklogs, compare the draft with them, and return its revision."""
    driver.activities.records = lambda key: hourly(key, "w1", *ids)
    return (await driver.send(CheckFacts(by="amina"))).revision


async def test_a_draft_whose_work_was_taken_is_computed_again(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.fail(PROJECT.name, TAKEN, TAKEN)
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue, prefilled=True)
        assert (await driver.state()).revision == 1
    assert activities.calls[FETCH_DRAFT.name] == 3
    assert activities.calls[PROJECT.name] == 3
    assert [each.prefilled for each in activities.drafted] == [True, False, False]


async def test_a_draft_with_nothing_left_is_refused(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.fail(PROJECT.name, TAKEN)
    saving = activities.pause(PROJECT.name)
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.start(temporal, activities, queue)
        await driver.until_calls(PROJECT.name)
        activities.fail(FETCH_DRAFT.name, refusal("All work is on ACT-9.", Failure.ALREADY_INVOICED))
        saving.set()
        with pytest.raises(Exception, match="Workflow execution failed") as failed:
            await driver.handle.result()
    assert "All work is on ACT-9." in str(failed.value.__cause__)


async def test_late_work_is_claimed_before_it_is_taken_in(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    revision = await late_work(driver, "w2", "w3")
    # The answer of the first attempt is lost; Temporal repeats it.
    activities.fail(CLAIM, ConnectionError("the answer was lost"))
    await driver.send(TakeIn(by="amina", expected_revision=revision))
    [claim] = activities.claims
    assert (claim.worklogs, claim.release, claim.revision) == (("w2", "w3"), (), revision)
    assert activities.calls[CLAIM] == 2
    assert (await driver.state()).total == Decimal("450000.00")


@pytest.mark.parametrize("by_signal", [False, True])
async def test_late_work_that_was_taken_is_refused_and_the_draft_stays(
    driver: InvoiceDriver, activities: InMemoryActivities, by_signal: bool
) -> None:
    revision = await late_work(driver, "w2")
    before = await driver.state()
    activities.fail(CLAIM, TAKEN)
    if by_signal:
        await driver.handle.signal("take_in", {"expected_revision": revision})
        await driver.until_details("Ignored `take_in`: Another invoice of A bills worklog w2")
    else:
        with pytest.raises(CommandRefused, match="w2 on ACT-9") as refused:
            await driver.send(TakeIn(by="amina", expected_revision=revision))
        assert refused.value.code == "AlreadyInvoiced"
    after = await driver.state()
    assert (after.revision, after.content) == (before.revision, before.content)
    await driver.send(Edit(by="amina", expected_revision=revision, payment_days=30))


async def test_another_error_of_the_claim_is_a_refusal_and_not_a_broken_workflow(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    revision = await late_work(driver, "w2")
    activities.fail(CLAIM, refusal("An operator completed the activity with an error.", "Other"))
    with pytest.raises(CommandRefused, match="An operator") as refused:
        await driver.send(TakeIn(by="amina", expected_revision=revision))
    assert refused.value.code == "Refused"
    await driver.send(TakeIn(by="amina", expected_revision=revision))


async def test_a_change_during_the_claim_wins_and_the_claim_is_released(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    revision = await late_work(driver, "w2")
    claiming = activities.pause(CLAIM)
    taking = asyncio.create_task(driver.send(TakeIn(by="amina", expected_revision=revision)))
    await driver.until_calls(CLAIM)
    await driver.send(Edit(by="boss", expected_revision=revision, payment_days=30))
    claiming.set()
    with pytest.raises(CommandRefused) as refused:
        await taking
    assert "since its last change" in refused.value.message
    assert [(each.worklogs, each.release) for each in activities.claims] == [(("w2",), ()), ((), ("w2",))]


async def test_of_two_that_take_in_at_once_one_keeps_the_claims(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    revision = await late_work(driver, "w2")
    claiming = activities.pause(CLAIM)
    commands = [TakeIn(by=name, expected_revision=revision) for name in ("amina", "boss")]
    both = [asyncio.create_task(driver.send(each)) for each in commands]
    await driver.until_calls(CLAIM, 2)
    claiming.set()
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert len([each for each in answers if isinstance(each, CommandRefused)]) == 1
    assert all(each.release == () for each in activities.claims)
    assert "w2" in (await driver.state()).content.service.worklogs


async def test_undo_claims_what_it_brings_back(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.records = lambda key: hourly(key, "w2")
    checked = await driver.send(CheckFacts(by="amina"))
    taken = await driver.send(TakeIn(by="amina", expected_revision=checked.revision))
    activities.fail(CLAIM, refusal("Another invoice bills worklog w1.", Failure.WORK_TAKEN))
    with pytest.raises(CommandRefused, match="w1"):
        await driver.send(Undo(by="amina", expected_revision=taken.revision))
    await driver.send(Undo(by="amina", expected_revision=taken.revision))
    assert [each.worklogs for each in activities.claims] == [("w2",), ("w1",)]


async def test_regenerate_claims_what_it_adds_and_computes_again_what_was_taken(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.records = lambda key: hourly(key, "w1", "w2")
    activities.fail(CLAIM, TAKEN)
    await driver.send(Regenerate(by="amina"))
    assert activities.calls[FETCH_DRAFT.name] == 3
    [claim] = activities.claims
    assert claim.worklogs == ("w2",)
    # Without new work nothing is claimed.
    await driver.send(Regenerate(by="amina"))
    assert activities.calls[CLAIM] == 2


async def test_a_regenerate_that_finds_nothing_left_says_so_by_its_code(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.fail(FETCH_DRAFT.name, refusal("All work is on ACT-9.", Failure.ALREADY_INVOICED))
    with pytest.raises(CommandRefused, match=r"All work is on ACT-9\.") as refused:
        await driver.send(Regenerate(by="amina"))
    assert refused.value.code == "AlreadyInvoiced"
    assert not (await driver.state()).is_busy
