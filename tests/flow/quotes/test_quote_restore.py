"""A quote whose workflow is gone, has stopped or tells another history is continued from its record."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError

from models.access.roles import Role
from models.quotes.quote.commands import ReviseQuote
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.errors import restore_quote_command
from models.quotes.quote.ports import PROJECT_QUOTE, QUOTE_EFFECT_PORTS
from models.quotes.quote.quote import Quote
from models.quotes.quote.recorded import recorded_of
from models.quotes.quote.status import QuoteStatus
from models.values.failure_codes import Failure
from tests.fixtures.activities import refusal
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.quote_activities import InMemoryQuotes, QuoteDriver
from tests.fixtures.quotes import content
from worker import build_worker
from workflows.client import quote_restore, restore
from workflows.client.restore import NotRestored, Standing
from workflows.runtime import ids

S, E = QuoteStatus, QuoteEffectName
OTHER = refusal("Event 2 is stored with different content.", Failure.AUDIT_BROKEN)
REVISE = ReviseQuote(by="boss", role=Role.MANAGER, reason="other scope")


def in_days(days: int) -> date:
    """Return the day so many days after the real one, which the workflow's clock starts with."""
    return (datetime.now(UTC) + timedelta(days=days)).date()


@pytest.fixture
def quotes() -> InMemoryQuotes:
    return InMemoryQuotes()


@pytest.fixture
async def driver(own_temporal: Client, quotes: InMemoryQuotes) -> AsyncIterator[QuoteDriver]:
    """The driver of a new draft on the task queue on which a restored workflow runs."""
    async with build_worker(own_temporal, quotes.all(), ids.TASK_QUEUE):
        yield await QuoteDriver.open(own_temporal, quotes, ids.TASK_QUEUE, content(valid_until=in_days(30)))


def recorded(driver: QuoteDriver) -> Quote:
    """Return the state as PostgreSQL would hold it."""
    [saved] = [each for each in driver.quotes.saved.values() if each.workflow_id == driver.handle.id]
    return saved.model_copy(update={"journal": ()})


async def standing(driver: QuoteDriver) -> Standing:
    return (await restore.look(driver.client, recorded_of(recorded(driver)))).standing


async def restored(driver: QuoteDriver) -> Quote:
    """Replace the workflow by the recorded state, as `aktum quote restore` does."""
    quote = recorded(driver)
    finding = await restore.look(driver.client, recorded_of(quote))
    assert finding.standing in restore.RESTORABLE
    await restore.terminate(driver.client, finding)
    await quote_restore.start(driver.client, quote)
    return await driver.until(lambda state: state.revision >= quote.revision)


async def lose(driver: QuoteDriver, how: str) -> None:
    quote = recorded(driver)
    match how:
        case "stopped":
            driver.quotes.faults[PROJECT_QUOTE.name] = [OTHER]
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await driver.do(REVISE)
            assert restore_quote_command(quote.id) in str(refused.value.cause)
        case "terminated":
            await driver.handle.terminate("by mistake")
        case "behind":
            # PostgreSQL has recorded one more revision than the workflow of the older backup knows.
            newer = quote.model_copy(update={"revision": quote.revision + 1, "chain": "f" * 64})
            driver.quotes.saved[quote.id] = newer
        case "other history":
            driver.quotes.saved[quote.id] = quote.model_copy(update={"chain": "f" * 64})


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("stopped", Standing.STOPPED),
        ("terminated", Standing.GONE),
        ("behind", Standing.BEHIND),
        ("other history", Standing.OTHER_HISTORY),
    ],
)
async def test_a_restored_quote_goes_on_from_the_record_and_repeats_no_effect(
    driver: QuoteDriver, quotes: InMemoryQuotes, how: str, found: Standing
) -> None:
    await driver.send()
    await driver.until_settled()
    await eventually(lambda: standing(driver), lambda each: each is Standing.CONTINUES)
    await lose(driver, how)
    assert await standing(driver) is found
    record = recorded(driver)
    continued = await restored(driver)
    assert (continued.revision, continued.chain, continued.status) == (record.revision, record.chain, S.SENT)
    assert await standing(driver) is Standing.CONTINUES
    answer = await driver.accept()
    assert (answer.revision, answer.status) == (record.revision + 1, S.ACCEPTED)
    await driver.until_settled()
    assert {key.rpartition(":")[2]: count for key, count in quotes.completed.items()} == {
        E.ARCHIVE: 1,
        E.EMAIL: 1,
        E.NOTICE: 1,
    }


async def test_an_open_effect_is_requested_again_under_the_same_key(
    driver: QuoteDriver, quotes: InMemoryQuotes
) -> None:
    archive = QUOTE_EFFECT_PORTS[E.ARCHIVE].name
    quotes.outages[archive] = ConnectionError("no R2")
    before = await driver.send()
    waiting = before.latest_effect(E.ARCHIVE)
    assert waiting is not None
    await driver.handle.terminate("by mistake")
    await restored(driver)
    del quotes.outages[archive]
    settled = await driver.until_settled()
    assert [request.key for request in quotes.requests if request.name is E.ARCHIVE] == [waiting.key]
    assert settled.versions[0].archived is not None


async def test_a_validity_that_ended_while_the_workflow_was_gone_expires_the_quote(
    driver: QuoteDriver, quotes: InMemoryQuotes
) -> None:
    await driver.send()
    await driver.until_settled()
    await eventually(lambda: standing(driver), lambda each: each is Standing.CONTINUES)
    await driver.handle.terminate("by mistake")
    quote = recorded(driver)
    ended = quote.content.model_copy(update={"valid_until": in_days(-2)})
    quotes.saved[quote.id] = quote.model_copy(update={"content": ended})
    await restored(driver)
    expired = await driver.until_status(S.EXPIRED)
    assert expired.revision > quote.revision


async def test_a_second_restore_at_the_same_time_is_refused(driver: QuoteDriver) -> None:
    await driver.handle.terminate("by mistake")
    await quote_restore.start(driver.client, recorded(driver))
    with pytest.raises(NotRestored):
        await quote_restore.start(driver.client, recorded(driver))
