"""The workflow of one chat: messages in order with pauses, retries without doubles, and what operators see."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from models.notifications.ports import SentMessage
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.telegram_chat import InMemoryChat
from tests.fixtures.temporal import fast_forward
from worker import build_worker
from workflows.notifications.chat import BETWEEN_MESSAGES, STEPS_PER_RUN, TelegramChatWorkflow
from workflows.notifications.messages import ChatReport, ChatStart

CHAT = "-1001"
Handle = WorkflowHandle[TelegramChatWorkflow, ChatReport]


@pytest.fixture
def chat() -> InMemoryChat:
    return InMemoryChat()


@pytest.fixture
async def client(temporal: Client, chat: InMemoryChat, queue: str) -> AsyncIterator[Client]:
    async with build_worker(temporal, chat.all(), queue):
        yield temporal


async def start(client: Client, queue: str) -> Handle:
    return await client.start_workflow(
        TelegramChatWorkflow.run, ChatStart(chat=CHAT), id=f"telegram-chat.{uuid4()}", task_queue=queue
    )


async def ended(client: Client, handle: Handle) -> ChatReport:
    """Return the result; the clock of the workflow is moved through its pauses."""
    result = asyncio.create_task(handle.result())
    while not result.done():
        await asyncio.wait({result}, timeout=0.3)
        if not result.done():
            await fast_forward(client, handle, BETWEEN_MESSAGES)
    return await result


async def details(handle: Handle) -> str:
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return str(metadata.current_details)


async def test_messages_are_sent_in_order_within_the_limit_of_a_group(
    client: Client, chat: InMemoryChat, queue: str
) -> None:
    chat.messages = 5
    report = await ended(client, await start(client, queue))
    assert report == ChatReport(done=5)
    assert [each.message for each in chat.sent] == [1, 2, 3, 4, 5]
    gaps = [later.now - earlier.now for earlier, later in pairwise(chat.sent)]
    assert min(gaps) >= timedelta(minutes=1) / 20


async def test_it_waits_for_further_notices_before_it_sends(client: Client, chat: InMemoryChat, queue: str) -> None:
    chat.waits = [30]
    report = await ended(client, await start(client, queue))
    assert report.done == 1
    first, second, _ = chat.requests
    assert second.now - first.now >= timedelta(seconds=30)
    assert {request.chat for request in chat.requests} == {CHAT}


async def test_an_outage_and_a_limit_delay_a_message_and_repeat_none(
    client: Client, chat: InMemoryChat, queue: str
) -> None:
    chat.messages = 2
    chat.faults = [
        ApplicationError("Telegram could not be reached", type="Transient"),
        ApplicationError("Telegram asks to slow down", type="RateLimited", next_retry_delay=timedelta(seconds=1)),
    ]
    report = await ended(client, await start(client, queue))
    assert report.done == 2
    assert [each.message for each in chat.sent] == [1, 2]


async def test_a_message_that_fails_stops_no_other_and_is_named(client: Client, chat: InMemoryChat, queue: str) -> None:
    chat.messages = 3
    chat.outcomes = {
        1: SentMessage(state="unknown", problem="Telegram did not answer in time"),
        2: SentMessage(state="failed", problem="refused", closed="Forbidden: bot was kicked"),
        3: SentMessage(state="skipped", problem="closed"),
    }
    handle = await start(client, queue)
    report = await ended(client, handle)
    assert report == ChatReport(done=0, not_sent=3, problem="closed", closed="Forbidden: bot was kicked")
    shown = await details(handle)
    assert f"`{CHAT}`" in shown
    assert "Forbidden: bot was kicked" in shown


async def test_a_message_that_arrives_ends_the_mark_of_a_closed_chat(
    client: Client, chat: InMemoryChat, queue: str
) -> None:
    chat.messages = 2
    chat.outcomes = {1: SentMessage(state="failed", problem="refused", closed="Forbidden: bot was kicked")}
    assert (await ended(client, await start(client, queue))).closed is None


async def test_a_long_run_continues_as_new_and_keeps_its_counts(client: Client, chat: InMemoryChat, queue: str) -> None:
    chat.messages = STEPS_PER_RUN + 5
    skipped = SentMessage(state="skipped", problem="Telegram is switched off")  # without pauses
    chat.outcomes = dict.fromkeys(range(1, chat.messages + 1), skipped)
    handle = await start(client, queue)
    report = await handle.result()
    assert report.not_sent == STEPS_PER_RUN + 5
    assert (await client.get_workflow_handle(handle.id).describe()).run_id != handle.result_run_id


async def test_an_operator_who_completes_an_activity_by_hand_stops_nothing(
    client: Client, chat: InMemoryChat, queue: str
) -> None:
    chat.messages = 1
    chat.faults = [ApplicationError("refused by hand", type="ByHand", non_retryable=True)]
    report = await ended(client, await start(client, queue))
    assert (report.done, report.not_sent) == (1, 1)  # the stored message was still pending, so it was sent


@pytest.mark.parametrize("during", ["a wait", "an outage"])
async def test_a_cancelled_workflow_ends(client: Client, chat: InMemoryChat, queue: str, during: str) -> None:
    """The feed starts it again while something waits."""
    if during == "a wait":
        chat.waits = [3600]
    else:
        chat.faults = [ApplicationError("no connection", type="Transient", next_retry_delay=timedelta(hours=1))]
    handle = await start(client, queue)

    async def looks() -> int:
        return len(chat.requests)

    await eventually(looks, lambda count: count == 1)
    await handle.cancel()

    async def status() -> WorkflowExecutionStatus | None:
        return (await handle.describe()).status

    # Waiting for the result would let the server skip the hour, and the message be sent before the request is seen.
    await eventually(status, lambda now: now is WorkflowExecutionStatus.CANCELED)
    assert not chat.sent


@pytest.mark.parametrize("given", [[], ["nonsense"], [{"chat": ""}]], ids=["nothing", "text", "wrong"])
async def test_a_wrong_input_fails_the_workflow(client: Client, given: list[Any], queue: str) -> None:
    with pytest.raises(WorkflowFailureError) as failure:
        await client.execute_workflow("TelegramChat", args=given, id=f"telegram-chat.{uuid4()}", task_queue=queue)
    assert isinstance(failure.value.cause, ApplicationError)
    assert failure.value.cause.type == "InvalidChange"
