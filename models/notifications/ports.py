"""The activities of the notices: names, inputs and results."""

from datetime import date, datetime

from models.values.base_models import Frozen
from models.values.port import Port


class ChatRequest(Frozen):
    """A chat with all its topics, and the time of the workflow."""

    chat: str
    now: datetime


class NextMessage(Frozen):
    """The next message of a chat; without an id there is none, and if more may come, how long to wait for it."""

    message: int | None = None
    title: str = ""
    wait_seconds: int | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether no message is there and none is about to come."""
        return self.message is None and self.wait_seconds is None


class MessageRequest(Frozen):
    """A stored message, which the chat receives at most once."""

    message: int
    now: datetime


class SentMessage(Frozen):
    """What became of a message. `closed` says why the chat receives nothing more for a day."""

    state: str
    telegram_id: int | None = None
    problem: str | None = None
    closed: str | None = None


class SummaryRequest(Frozen):
    """The day of a summary."""

    day: date


class SummaryStored(Frozen):
    """The chat that gets the summary; None if there is none. `new`: it was not stored before."""

    chat: str | None
    new: bool = False


NEXT_MESSAGE = Port("telegram.next_message", ChatRequest, NextMessage)
SEND_MESSAGE = Port("telegram.send_message", MessageRequest, SentMessage)
STORE_SUMMARY = Port("telegram.store_summary", SummaryRequest, SummaryStored)
