"""In-memory activities of the notices: prepared answers, and errors that are raised first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity

from models.notifications.ports import (
    NEXT_MESSAGE,
    SEND_MESSAGE,
    STORE_SUMMARY,
    ChatRequest,
    MessageRequest,
    NextMessage,
    SentMessage,
    SummaryRequest,
    SummaryStored,
)

DONE = SentMessage(state="done", telegram_id=1)


@dataclass
class InMemoryChat:
    """The messages of one chat. `waits` are answered before the first message; `outcomes` are those of the messages."""

    messages: int = 1
    waits: list[int] = field(default_factory=list)
    outcomes: dict[int, SentMessage] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    requests: list[ChatRequest] = field(default_factory=list)
    sent: list[MessageRequest] = field(default_factory=list)
    days: list[SummaryRequest] = field(default_factory=list)

    @activity.defn(name=NEXT_MESSAGE.name)
    async def next_message(self, request: ChatRequest) -> NextMessage:
        self.requests.append(request)
        if self.waits:
            return NextMessage(wait_seconds=self.waits.pop(0))
        number = len(self.sent) + 1
        return NextMessage(message=number, title=f"message {number}") if number <= self.messages else NextMessage()

    @activity.defn(name=SEND_MESSAGE.name)
    async def send(self, request: MessageRequest) -> SentMessage:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(request)
        return self.outcomes.get(request.message, DONE)

    @activity.defn(name=STORE_SUMMARY.name)
    async def store_summary(self, request: SummaryRequest) -> SummaryStored:
        self.days.append(request)
        return SummaryStored(chat="-1001", new=True)

    def all(self) -> list[Callable[..., Any]]:
        return [self.next_message, self.send, self.store_summary]
