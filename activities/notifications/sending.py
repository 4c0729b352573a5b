"""The activities that send the messages of a chat, one after another and each at most once.

See docs/specification/effects.md 8.4.
"""

from dataclasses import dataclass
from typing import Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Ambiguous, ClientError, Permanent, RateLimited, Transient
from activities.clients.telegram import ChatClosed, ChatMigrated, MarkupRefused, Telegram
from activities.notifications.outbox import Attempt, Outbox, in_doubt
from models.notifications.markup import plain_text
from models.notifications.ports import (
    NEXT_MESSAGE,
    SEND_MESSAGE,
    ChatRequest,
    MessageRequest,
    NextMessage,
    SentMessage,
)

log = structlog.get_logger()

SWITCHED_OFF: Final = "Telegram is switched off for the worker; set AKTUM_TELEGRAM__TOKEN."


@dataclass(frozen=True)
class Sending:
    """The activities of a chat. Without a client messages are skipped."""

    telegram: Telegram | None
    outbox: Outbox

    @activity.defn(name=NEXT_MESSAGE.name)
    async def next_message(self, request: ChatRequest) -> NextMessage:
        """Return the next message of the chat, or how long to wait for one."""
        return await self.outbox.next_message(request.chat, request.now)

    @activity.defn(name=SEND_MESSAGE.name)
    async def send(self, request: MessageRequest) -> SentMessage:
        """Send a stored message unless an earlier attempt may have sent it, and return what became of it.

        Raises only if nothing was sent, so that Temporal tries again: no connection, an error of Telegram's own, or
        429, after the time that Telegram names.
        """
        attempt = await self.outbox.begin(request.message, request.now)
        if isinstance(attempt, SentMessage):
            return attempt
        if self.telegram is None:
            await self.outbox.settle(request.message, "skipped", problem=SWITCHED_OFF)
            return SentMessage(state="skipped", problem=SWITCHED_OFF)
        try:
            telegram_id = await deliver(self.telegram, self.outbox, attempt.chat, attempt.sends_to, attempt.markup)
        except Transient as error:
            await self.outbox.put_back(request.message, error.message)
            raise _retried(error) from error
        except (Ambiguous, Permanent) as error:
            return await self._record_failure(request, attempt, error)
        await self.outbox.settle(request.message, "done", telegram_id=telegram_id)
        await self.outbox.note_chat(attempt.chat, closed_at=None, reason=None)
        return SentMessage(state="done", telegram_id=telegram_id)

    async def _record_failure(
        self, request: MessageRequest, attempt: Attempt, error: Ambiguous | Permanent
    ) -> SentMessage:
        state, problem = "failed", error.message
        if isinstance(error, Ambiguous):
            state, problem = "unknown", f"{error.message}. {in_doubt(attempt.chat)}"
        await self.outbox.settle(request.message, state, problem=problem)
        log.warning("telegram_message_not_sent", chat=attempt.chat, state=state, problem=problem)
        closed = None
        if isinstance(error, ChatClosed):
            closed = f"{attempt.chat}: {error.vendor_message}"
            await self.outbox.note_chat(attempt.chat, closed_at=request.now, reason=error.vendor_message)
        return SentMessage(state=state, problem=problem, closed=closed)


async def deliver(telegram: Telegram, outbox: Outbox, chat: str, sends_to: str, markup: str) -> int:
    """Send a text and return the id of the message. Raises what `Telegram.send_message` raises.

    A group that has moved is followed, and what Telegram cannot parse is sent as plain text. Both are refusals, so
    nothing was sent before.
    """
    try:
        return await _send(telegram, sends_to, markup)
    except ChatMigrated as moved:
        await outbox.note_chat(chat, moved_to=moved.chat)
        return await _send(telegram, moved.chat, markup)


async def _send(telegram: Telegram, chat: str, text: str) -> int:
    name, _, thread = chat.partition("/")
    topic = int(thread) if thread else None
    try:
        return await telegram.send_message(name, topic, text)
    except MarkupRefused as error:
        log.warning("telegram_markup_refused", chat=chat, problem=error.vendor_message)
        return await telegram.send_message(name, topic, plain_text(text), html=False)


def _retried(error: ClientError) -> ApplicationError:
    pause = error.retry_after if isinstance(error, RateLimited) else None
    return ApplicationError(error.message, type=type(error).__name__, next_retry_delay=pause)
