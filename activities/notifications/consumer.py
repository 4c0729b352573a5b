"""The consumer of the event feed that tells the finance team: it stores notices and starts the workflows of chats."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.notifications.outbox import Outbox
from models.events.payloads import AnyRecordedEvent, RecordedEvent
from models.notifications.notice import notice_of
from models.notifications.tables import TelegramNotice
from settings import TelegramSettings

WORKFLOW = "TelegramChat"


@dataclass(frozen=True)
class TelegramNotices:
    """The consumer; models/events/ says what each method is for."""

    settings: TelegramSettings
    outbox: Outbox
    name: str = "telegram"

    async def store(self, connection: AsyncConnection, events: Sequence[AnyRecordedEvent]) -> None:
        """Store the notices of these events whose topic has a chat. Finance hears of quotes by letter."""
        of_invoices = [event for event in events if isinstance(event, RecordedEvent)]
        rows = [row for event in of_invoices if (row := self._row(event)) is not None]
        if rows:
            await connection.execute(insert(TelegramNotice).on_conflict_do_nothing(), rows)

    async def start_deliveries(self, temporal: Client) -> int:
        """Start the workflow of each chat that has something to send and none running; return their number."""
        chats = await self.outbox.waiting_chats()
        started = [await _start(temporal, chat) for chat in chats]
        return started.count(True)

    def _row(self, recorded: RecordedEvent) -> dict[str, Any] | None:
        notice = notice_of(recorded)
        chat = self.settings.chat_of(notice.topic) if notice else None
        if notice is None or chat is None:
            return None
        return {
            "key": notice.key,
            "chat": chat,
            "topic": notice.topic,
            "notice": notice.model_dump(mode="json"),
            "position": recorded.position,
        }


async def _start(temporal: Client, chat: str) -> bool:
    """Start the workflow of a chat; return False if it runs already, because it then finds the notice itself."""
    try:
        await temporal.start_workflow(
            WORKFLOW,
            {"chat": chat},
            id=f"telegram-chat.{chat}",
            task_queue=activity.info().task_queue,
            static_summary=f"Messages to {chat}",
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
