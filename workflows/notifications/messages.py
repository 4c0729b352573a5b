"""The inputs of the workflows of notices."""

from datetime import date

from pydantic import Field

from models.values.base_models import Frozen
from workflows.runtime.start_input import StartInput


class ChatReport(Frozen):
    """What one workflow has sent to its chat, over all its runs."""

    done: int = 0
    not_sent: int = Field(default=0, description="refused, skipped, or without an answer")
    problem: str | None = None
    closed: str | None = None


class ChatStart(StartInput):
    """The chat without a topic in it. `report` is carried over by a continue-as-new."""

    chat: str = Field(min_length=1)
    report: ChatReport | None = None


class SummaryStart(StartInput):
    """The day of the summary; by default the day for which the schedule started it."""

    day: date | None = None
