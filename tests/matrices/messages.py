"""The messages of the matrices that are no effects of the ledger: to a chat in Telegram, and to a receiver of webhooks.

A message to Telegram is sent at most once: when its outcome is unknown, a person looks into the chat. A webhook arrives
at least once, and its receiver recognises a repetition by its id, so that it has one event.
"""

import asyncio
import base64
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.events.webhooks.sealing import Sealing
from activities.notifications.consumer import WORKFLOW as CHAT_WORKFLOW
from activities.notifications.outbox import Outbox
from activities.notifications.texts import Texts
from models.events.tables import WebhookDelivery, WebhookEndpoint
from models.events.webhooks.ports import DELIVERY_WORKFLOW, Lane
from models.notifications.notice import Topic
from models.notifications.tables import TelegramMessage
from tests.matrices.running import LONGEST_SECONDS
from tests.matrices.vendors import Vendors
from tests.matrices.worker_process import TASK_QUEUE

SECRET = f"whsec_{base64.b64encode(bytes(range(32))).decode()}"


class MessageKind(StrEnum):
    TELEGRAM = "Telegram"
    WEBHOOK = "webhooks"


@dataclass(frozen=True)
class Message:
    """A message to send. `mark` is in its request and in no other; `workflow` sends it."""

    kind: MessageKind
    mark: str
    workflow: str
    workflow_id: str
    start: dict[str, str]

    @property
    def vendor(self) -> str:
        """The name of its line."""
        return self.kind.lower()


@dataclass(frozen=True)
class Messages:
    """Stores messages as the consumers of the event feed do, has them sent, and finds what became of them."""

    engine: AsyncEngine
    vendors: Vendors
    temporal: Client
    endpoint_id: str = field(default_factory=lambda: f"we_{uuid4().hex}")

    async def add_endpoint(self) -> None:
        """Store an endpoint at the receiver, which knows its secret from then on."""
        self.vendors.know_secret(SECRET)
        row = {
            "id": self.endpoint_id,
            "url": self.vendors.receiver,
            "description": "the receiver of the matrices",
            "event_types": ["*"],
            "enabled": True,
            "secret": Sealing({}).seal(SECRET, self.endpoint_id),
            "after_entry": 0,
            "created_by": "amina",
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(WebhookEndpoint).values(row))

    async def add(self, kind: MessageKind) -> Message:
        """Store a message of its own chat, or of its own invoice."""
        return await (self._add_to_chat() if kind is MessageKind.TELEGRAM else self._add_delivery())

    async def _add_to_chat(self) -> Message:
        chat = f"-100{uuid4().int % 10**12:012}"
        stored = await Outbox(self.engine, Texts("en", "")).add_message(
            f"{chat}:telegram", chat, Topic.APPROVALS, "approved ACT-1", ["Approved: ACT-1"]
        )
        assert stored
        return Message(MessageKind.TELEGRAM, chat, CHAT_WORKFLOW, f"telegram-chat.{chat}", {"chat": chat})

    async def _add_delivery(self) -> Message:
        lane = Lane(endpoint_id=self.endpoint_id, invoice_id=uuid4().hex)
        event_id = f"evt_{uuid4().hex}"
        row = {
            "endpoint_id": self.endpoint_id,
            "event_id": event_id,
            "event_type": "invoice.approved",
            "invoice_id": lane.invoice_id,
            "position": 1,
            "body": f'{{"type":"invoice.approved","data":{{"invoice_id":"{lane.invoice_id}"}}}}',
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(WebhookDelivery).values(row))
        return Message(MessageKind.WEBHOOK, event_id, DELIVERY_WORKFLOW, lane.workflow_id, lane.model_dump())

    async def start(self, message: Message) -> WorkflowHandle[Any, Any]:
        """Start the workflow that sends the message, or return the one that runs."""
        return await self.temporal.start_workflow(
            message.workflow,
            message.start,
            id=message.workflow_id,
            task_queue=TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    async def result(self, message: Message) -> str:
        """Return what became of the message when its workflow has ended, as a cell of the table."""
        async with asyncio.timeout(LONGEST_SECONDS):
            await self.temporal.get_workflow_handle(message.workflow_id).result()
        if message.kind is MessageKind.TELEGRAM:
            return await self._result_in_chat(message.mark)
        return await self._result_of_event(message.mark)

    async def _result_in_chat(self, chat: str) -> str:
        table = TelegramMessage
        query = select(*map(col, (table.state, table.telegram_id, table.last_error))).where(col(table.chat) == chat)
        async with self.engine.connect() as connection:
            row = (await connection.execute(query)).one()
        arrived = self.vendors.chat_messages(chat)
        match row.state:
            case "done" if arrived == [row.telegram_id]:
                return "sent once"
            case "unknown" if len(arrived) < 2 and chat in row.last_error:
                return "unknown, arrived" if arrived else "unknown, not arrived"
            case "failed" if not arrived and row.last_error:
                return "refused, nothing sent"
        return f"{row.state} ({row.last_error}), the chat has {arrived}"

    async def _result_of_event(self, event_id: str) -> str:
        table = WebhookDelivery
        query = select(*map(col, (table.state, table.last_error))).where(col(table.event_id) == event_id)
        async with self.engine.connect() as connection:
            row = (await connection.execute(query)).one()
        received = self.vendors.received(event_id)
        match row.state, received:
            case "delivered", [1]:
                return "received once"
            case "delivered", [2]:
                return "received twice, one id"
        return f"{row.state} ({row.last_error}), received {received}"
