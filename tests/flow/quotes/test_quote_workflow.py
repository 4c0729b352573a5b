"""The workflow of a quote on a real Temporal server: order, timers, refusals and restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.invoice.effects import EffectState
from models.issuer.issuer import Issuer, Party
from models.quotes.conversion.inputs import DealAs
from models.quotes.quote.commands import (
    QUOTE_COMMANDS,
    ConvertQuote,
    DeclineQuote,
    EditQuote,
    OpenQuote,
    QuoteCommand,
    RenewLink,
    RetryQuoteEffect,
    ReviseQuote,
    WithdrawQuote,
)
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.ports import PROJECT_QUOTE, QUOTE_EFFECT_PORTS, RENDER_QUOTE, TAKE_QUOTE_NUMBER, WRITE_TERMS
from models.quotes.quote.status import QuoteStatus
from models.values.failure_codes import Failure
from tests.fixtures.activities import refusal
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.quote_activities import InMemoryQuotes, QuoteDriver
from tests.fixtures.quotes import content
from tests.fixtures.temporal import fast_forward
from worker import build_worker
from workflows.quotes.command_handlers import QuoteHandlers

S, E = QuoteStatus, QuoteEffectName
DAY = timedelta(days=1)


def in_days(days: int) -> date:
    """Return the day so many days after the real one, which the workflow's clock starts with."""
    return (datetime.now(UTC) + timedelta(days=days)).date()


@pytest.fixture
def quotes() -> InMemoryQuotes:
    return InMemoryQuotes()


@pytest.fixture
async def driver(temporal: Client, quotes: InMemoryQuotes, queue: str) -> AsyncIterator[QuoteDriver]:
    async with build_worker(temporal, quotes.all(), queue):
        yield await QuoteDriver.open(temporal, quotes, queue, content(valid_until=in_days(30)))
        for event in quotes.paused.values():
            event.set()


def code(error: WorkflowUpdateFailedError) -> str | None:
    assert isinstance(error.cause, ApplicationError)
    return error.cause.type


async def test_a_quote_is_sent_viewed_and_accepted(driver: QuoteDriver, quotes: InMemoryQuotes) -> None:
    sent = await driver.send()
    assert (sent.status, sent.display_number, sent.versions[0].version) == (
        S.SENT,
        f"Q-{sent.content.issued_on.year}-1",
        1,
    )
    await driver.handle.signal("open", OpenQuote(link=1))
    await driver.until_status(S.VIEWED)
    await driver.accept(order_number="PO-77")
    done = await driver.until_settled()
    assert done.status is S.ACCEPTED
    assert {request.name for request in quotes.requests} >= {E.ARCHIVE, E.NOTICE}
    assert all(times == 1 for times in quotes.completed.values())
    assert quotes.saved[done.id].revision == done.revision


async def test_a_refused_command_adds_nothing_to_the_history(driver: QuoteDriver) -> None:
    before = await driver.history_length()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await driver.do(DeclineQuote(version=1, reason="too dear"))
    assert code(refused.value) == "OldVersion"
    assert await driver.history_length() == before


async def test_an_acceptance_raced_fifty_times_succeeds_once(driver: QuoteDriver) -> None:
    await driver.send()

    async def attempt(n: int) -> bool:
        with suppress(WorkflowUpdateFailedError):
            await driver.accept(accepted_by=f"Person {n}", idempotency_key=f"accept:{n}")
            return True
        return False

    outcomes = await asyncio.gather(*(attempt(n) for n in range(50)))
    assert sum(outcomes) == 1
    quote = await driver.until_settled()
    assert quote.accepted is not None
    winner = outcomes.index(True)
    assert quote.accepted.accepted_by == f"Person {winner}"


async def test_an_old_version_cannot_be_accepted_while_the_new_one_is_written_or_sent(driver: QuoteDriver) -> None:
    await driver.send()
    await driver.do(ReviseQuote(by="amina"))
    for _ in range(2):
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await driver.accept(version=1, link=1)
        assert code(refused.value) == "OldVersion"
        if (await driver.state()).status is S.DRAFT:
            await driver.send()
    await driver.accept(version=2, link=2)
    assert (await driver.state()).status is S.ACCEPTED


async def test_it_reminds_once_each_and_expires(driver: QuoteDriver, quotes: InMemoryQuotes, temporal: Client) -> None:
    await driver.send()
    await fast_forward(temporal, driver.handle, 32 * DAY)
    quote = await driver.until_status(S.EXPIRED)
    await driver.until_settled()
    reminders = [request.argument["days"] for request in quotes.requests if request.name is E.REMINDER]
    assert reminders in (["7", "1"], ["1"])  # a jump over both moments sends the newest one
    assert quote.expired_at is not None
    assert quote.expired_at >= quote.content.expires_at
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await driver.accept()
    assert code(refused.value) == "Refused"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
async def test_the_end_holds_across_a_change_of_the_clocks_and_a_restart(
    temporal: Client, quotes: InMemoryQuotes, queue: str, zone: str
) -> None:
    """Within 200 days the clocks of these zones change. No worker runs when half of the time has passed."""
    until = in_days(200)
    issuer = Issuer(party=Party(name="ProximaOps"), zone=zone)
    async with build_worker(temporal, quotes.all(), queue, cached_workflows=0):
        given = content(issuer=issuer, valid_until=until, reminder_days=())
        driver = await QuoteDriver.open(temporal, quotes, queue, given)
        await driver.send(by_mail=False)
        await driver.until_settled()
        ends = given.expires_at
        await fast_forward(temporal, driver.handle, timedelta(days=100))
        assert (await driver.state()).status is S.SENT
    async with build_worker(temporal, quotes.all(), queue, cached_workflows=0):
        left = ends - datetime.now(UTC) - timedelta(days=100)
        await fast_forward(temporal, driver.handle, left - timedelta(minutes=5))
        assert (await driver.state()).status is S.SENT
        await fast_forward(temporal, driver.handle, timedelta(minutes=10))
        expired = await driver.until_status(S.EXPIRED)
    assert expired.expired_at is not None
    assert timedelta(0) <= expired.expired_at - ends < timedelta(minutes=5)


async def test_an_outage_of_mail_delays_neither_archive_nor_answer(driver: QuoteDriver, quotes: InMemoryQuotes) -> None:
    quotes.outages[QUOTE_EFFECT_PORTS[E.EMAIL].name] = ConnectionError("no relay")
    sent = await driver.send()
    assert sent.status is S.SENT
    await driver.until(lambda quote: quote.versions[0].archived is not None)
    await driver.accept()
    quotes.outages.clear()
    quote = await driver.until_settled()
    email = quote.latest_effect(E.EMAIL)
    assert email is not None
    assert email.state in (EffectState.SKIPPED, EffectState.DONE)
    assert quotes.completed[email.key] <= 1


@pytest.mark.parametrize(("activity", "message"), [
    (TAKE_QUOTE_NUMBER.name, "The series is closed."),
    (RENDER_QUOTE.name, "The page cannot be printed."),
])  # fmt: skip
async def test_a_refused_step_answers_the_sender_and_the_draft_can_be_sent_again(
    driver: QuoteDriver, quotes: InMemoryQuotes, activity: str, message: str
) -> None:
    quotes.faults[activity] = [refusal(message)]
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await driver.send()
    assert str(refused.value.cause).endswith(message)
    assert (await driver.state()).status is S.DRAFT
    assert (await driver.send()).status is S.SENT


async def test_a_failed_letter_blocks_until_it_is_retried(driver: QuoteDriver, quotes: InMemoryQuotes) -> None:
    quotes.faults[QUOTE_EFFECT_PORTS[E.EMAIL].name] = [refusal("no such user")]
    await driver.send()
    blocked = await driver.until(lambda quote: bool(quote.blocked))
    await driver.do(RetryQuoteEffect(by="boss", effect_id=blocked.blocked[0].key))
    quote = await driver.until_settled()
    assert not quote.blocked


async def test_terms_are_written_once_and_a_refusal_can_be_corrected(
    driver: QuoteDriver, quotes: InMemoryQuotes
) -> None:
    await driver.send()
    await driver.accept()
    convert = ConvertQuote(application_key="APP-001", valid_from=in_days(1), deal_as=DealAs.SCHEDULE)
    quotes.faults[WRITE_TERMS.name] = [refusal("APP-001 has another currency.")]
    with pytest.raises(WorkflowUpdateFailedError, match="failed") as refused:
        await driver.do(convert)
    assert "another currency" in str(refused.value.cause)
    assert (await driver.state()).conversion is None
    await driver.do(convert)
    quote = await driver.until_settled()
    assert quote.conversion is not None
    assert quote.conversion.written
    assert [each.number for each in quotes.terms] == [quote.display_number]


async def test_another_recorded_history_stops_the_quote(driver: QuoteDriver, quotes: InMemoryQuotes) -> None:
    quotes.faults[PROJECT_QUOTE.name] = [refusal("Event 2 is stored with different content.", Failure.AUDIT_BROKEN)]
    with pytest.raises(WorkflowUpdateFailedError) as stopped:
        await driver.do(EditQuote(by="amina", expected_revision=1, title="Another title"))
    assert code(stopped.value) == "QuoteStopped"
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await driver.do(WithdrawQuote(by="boss", reason="wrong client"))
    assert code(refused.value) == "QuoteStopped"


async def test_a_withdrawn_quote_ends_its_workflow(driver: QuoteDriver) -> None:
    await driver.do(WithdrawQuote(by="boss", reason="wrong client"))
    answer = await driver.handle.result()
    assert answer.status is S.WITHDRAWN


async def test_an_answered_quote_ends_when_its_links_end(driver: QuoteDriver, temporal: Client) -> None:
    await driver.send(by_mail=False)
    await driver.accept()
    await driver.until_settled()
    await fast_forward(temporal, driver.handle, 122 * DAY)
    assert (await driver.handle.result()).status is S.ACCEPTED


async def test_it_continues_as_new_and_keeps_its_timer(temporal: Client, quotes: InMemoryQuotes, queue: str) -> None:
    async with build_worker(temporal, quotes.all(), queue):
        driver = await QuoteDriver.open(temporal, quotes, queue, content(valid_until=in_days(30)), longest_history=40)
        first = (await driver.handle.describe()).run_id
        await driver.send(by_mail=False)
        await driver.until_settled()

        for _ in range(12):
            await driver.handle.signal("renew_link", {"by": "amina"})

        async def run_id() -> str | None:
            return (await driver.handle.describe()).run_id

        await eventually(run_id, lambda found: found != first)
        await driver.do(RenewLink(by="amina"))  # the new run works
        await fast_forward(temporal, driver.handle, 32 * DAY)
        await driver.until_status(S.EXPIRED)


@pytest.mark.parametrize("command", QUOTE_COMMANDS)
def test_every_command_is_an_update_with_a_validator_and_a_signal(command: type[QuoteCommand]) -> None:
    handlers = vars(QuoteHandlers)
    update, signal = handlers[str(command.name)], handlers[f"{command.name}_signal"]
    assert update._defn.name == signal.__temporal_signal_definition.name == command.name
    assert update._defn.validator is not None
    assert update._defn.arg_types == [command]


async def test_bad_messages_are_noted_and_the_quote_lives(driver: QuoteDriver) -> None:
    bad: tuple[list[Any], ...] = ([], [{}], ["please"], [{"reason": "abc", "resaon": 1}], [{"reason": "abc"}, 2])
    for args in bad:
        await driver.handle.signal("withdraw", args=args)
    await driver.handle.signal("accept", {"version": 1})
    await driver.handle.cancel()
    quote = await driver.until(lambda found: any("cancel" in note.text for note in found.notes))
    assert quote.status is S.DRAFT
    assert sum("Ignored `withdraw`" in note.text for note in quote.notes) == 5
    history = await driver.handle.fetch_history()
    failed = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    assert not [event for event in history.events if event.event_type == failed]
