"""The page of the Telegram sandbox: the chats, the messages as a reader sees them, and blocking the bot."""

from datetime import UTC, datetime

import nh3
from markupsafe import Markup

from local.sandboxes.pages.description import Action, Column, Form, Page, Pill, Row, Section
from local.sandboxes.pages.sandbox_page import sandbox_page
from local.sandboxes.state import Record, SandboxState
from settings import TelegramSettings

PATH = "/__sandbox/chats"
# The tags of Telegram that a browser shows as a reader of the chat sees them.
SHOWN_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote"}


def _chat(form: Form, state: str) -> Record:
    return {"chat": form.get("key", ""), "state": state}


BLOCK = Action(
    "block",
    "Block the bot",
    PATH,
    "The chat has blocked the bot.",
    body=lambda form: _chat(form, "blocked"),
    severe=True,
)
UNBLOCK = Action(
    "unblock", "Unblock the bot", PATH, "The chat is open to the bot.", body=lambda form: _chat(form, "open")
)


def telegram_page(state: SandboxState, settings: TelegramSettings) -> Page:
    chats = Section(
        title="Chats",
        columns=(Column("Chat", "id"), Column("State"), Column("Messages", "amount")),
        records=lambda: _chats(state),
        row=_chat_row,
        empty="No chat is known yet. Every chat that gets a message is listed here.",
    )
    messages = Section(
        title="Messages",
        columns=(Column("Time", "time"), Column("Chat", "id"), Column("Message", "chat")),
        records=lambda: state.all("message"),
        row=_message_row,
        empty="No message has arrived yet. Aktum sends a notice when an invoice is approved, for example.",
    )
    return sandbox_page(
        state,
        title="Telegram",
        about="The chats that get the notices of Aktum.",
        sections=(chats, messages),
        row_actions=(BLOCK, UNBLOCK),
        secrets=(settings.token.get_secret_value(),),
    )


def _chats(state: SandboxState) -> list[Record]:
    """Return the chats that were named or got messages, each with its state and the number of its messages."""
    found = {chat["chat"]: {**chat, "messages": 0} for chat in state.all("chat")}
    for message in state.all("message"):
        key = message["chat"]["id"]
        found.setdefault(key, {"chat": key, "state": "open", "messages": 0})["messages"] += 1
    return list(found.values())


def _chat_row(chat: Record) -> Row:
    is_open = chat["state"] == "open"
    text = f"migrated to {chat['migrate_to']}" if chat["state"] == "migrated" else chat["state"].replace("_", " ")
    return Row(
        key=chat["chat"],
        cells=(chat["chat"], Pill(text, "green" if is_open else "red"), str(chat["messages"])),
        actions=(BLOCK,) if is_open else (UNBLOCK,),
    )


def _message_row(message: Record) -> Row:
    thread = message["message_thread_id"]
    return Row(
        key=str(message["message_id"]),
        cells=(
            f"{datetime.fromtimestamp(message['date'], UTC):%Y-%m-%d %H:%M:%S}",
            f"{message['chat']['id']} / {thread}" if thread else message["chat"]["id"],
            _as_shown(message),
        ),
    )


def _as_shown(message: Record) -> str | Markup:
    """Return the message with its tags. A plain text is stored as it was sent, and is escaped like any other."""
    if message["sent_text"] == message["text"]:
        return str(message["text"])
    return Markup(nh3.clean(message["sent_text"], tags=SHOWN_TAGS))  # noqa: S704 - cleaned
