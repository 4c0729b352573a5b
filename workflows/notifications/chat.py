"""The workflow of one chat: it sends the waiting messages one after another, and ends when none is left.

Only one runs for a chat, so the messages come in order and within Telegram's limits (docs/specification/effects.md
8.4). The feed starts it again for the next notice.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from models.notifications.ports import (
        NEXT_MESSAGE,
        SEND_MESSAGE,
        ChatRequest,
        MessageRequest,
        NextMessage,
        SentMessage,
    )
    from workflows.notifications.messages import ChatReport, ChatStart
    from workflows.runtime import activity_options
    from workflows.runtime.activity_call import call_until_cancelled
    from workflows.runtime.conditions import pause
    from workflows.runtime.start_input import refusal

# A group accepts twenty messages a minute.
BETWEEN_MESSAGES = timedelta(seconds=3)
STEPS_PER_RUN = 100


@workflow.defn(name="TelegramChat")
class TelegramChatWorkflow:
    """The sender of one chat."""

    @workflow.init
    def __init__(self, start: ChatStart | None = None) -> None:
        self._report = (start and start.report) or ChatReport()

    @workflow.run
    async def run(self, start: ChatStart | None = None) -> ChatReport:
        """Return what was sent when nothing is waiting."""
        if start is None:
            raise refusal()
        for _ in range(STEPS_PER_RUN):
            request = ChatRequest(chat=start.chat, now=workflow.now())
            found = await call_until_cancelled(
                NEXT_MESSAGE, request, activity_options.RECORDS, f"next message for {start.chat}"
            )
            if found.is_nothing:
                break
            await self._proceed(start.chat, found)
        else:
            workflow.continue_as_new(start.model_copy(update={"report": self._report}))
        return self._report

    async def _proceed(self, chat: str, found: NextMessage) -> None:
        if found.message is not None:
            await self._send(chat, found.message, found.title)
        else:
            await pause(timedelta(seconds=found.wait_seconds or 1), "collect notices that come soon")

    async def _send(self, chat: str, message: int, title: str) -> None:
        request = MessageRequest(message=message, now=workflow.now())
        try:
            sent = await call_until_cancelled(SEND_MESSAGE, request, activity_options.EFFECT, f"{title} to {chat}")
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            # An operator has ended the activity by hand.
            sent = SentMessage(state="unknown", problem=str(error.cause or error))
        self._report = _with(self._report, sent)
        workflow.set_current_details(_details(chat, self._report))
        if sent.state != "skipped":
            await pause(BETWEEN_MESSAGES, "Telegram's limit for one chat")


def _with(report: ChatReport, sent: SentMessage) -> ChatReport:
    is_done = sent.state == "done"
    return ChatReport(
        done=report.done + is_done,
        not_sent=report.not_sent + (not is_done),
        problem=sent.problem or report.problem,
        closed=None if is_done else sent.closed or report.closed,
    )


def _details(chat: str, report: ChatReport) -> str:
    """Return the Markdown for operators."""
    lines = [f"- messages sent to `{chat}`: {report.done}", f"- messages not sent: {report.not_sent}"]
    if report.closed:
        lines.append(f"- **the chat is closed to the bot**, and is tried again after a day: {report.closed}")
    if report.problem:
        lines.append(f"- last problem: {report.problem}")
    return "\n".join(lines)
