"""The recorded notices: a chat that waits, retries, sends and fails, and a daily summary."""

from datetime import date
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError

from models.notifications.ports import SentMessage
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.telegram_chat import DONE, InMemoryChat
from worker import build_worker
from workflows.notifications.chat import TelegramChatWorkflow
from workflows.notifications.messages import ChatStart, SummaryStart
from workflows.notifications.summary import TelegramSummaryWorkflow

Handle = WorkflowHandle[object, object]


async def telegram_notices(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    """One message after a wait and an outage, one without an answer, and one that is skipped."""
    chat = InMemoryChat(
        messages=3,
        waits=[2],
        faults=[ApplicationError("Telegram could not be reached", type="Transient")],
        outcomes={
            1: DONE,
            2: SentMessage(state="unknown", problem="Telegram did not answer in time"),
            3: SentMessage(state="skipped", problem="The chat is closed"),
        },
    )
    async with build_worker(client, chat.all(), f"{queue}-chat"):
        sending = await client.start_workflow(
            TelegramChatWorkflow.run,
            ChatStart(chat="-1001234567890/17"),
            id=f"telegram-chat.{uuid4().hex[:8]}",
            task_queue=f"{queue}-chat",
        )
        await sending.result()
        summary = await client.start_workflow(
            TelegramSummaryWorkflow.run,
            SummaryStart(day=date(2026, 4, 7)),
            id=f"telegram-summary.{uuid4().hex[:8]}",
            task_queue=f"{queue}-chat",
        )
        await summary.result()
    return [client.get_workflow_handle(sending.id), client.get_workflow_handle(summary.id)]
