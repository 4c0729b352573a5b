"""Delivery status notifications (RFC 3464): what a mail server reports about a letter that it did not deliver.

A notification is an e-mail like any other, so nothing in it is trusted: every text is cut and freed from control
characters, and a notification counts only if it names the Message-ID of a letter, which nobody can guess.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from email.policy import compat32

from models.invoice.bounces.report import Undelivered
from models.values.text import printable

FAILED, DELAYED = "failed", "delayed"
MOST_RECIPIENTS = 60  # a letter has at most 20 recipients, 20 copies and 20 blind copies
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_LONGEST = {"recipient": 254, "status": 20, "reason": 500}


@dataclass(frozen=True)
class Notification:
    """The recipients that a letter did not reach, by whether the server has given up, and the letter's Message-IDs.

    `key` identifies the notification. The first of the Message-IDs is the one in the returned letter.
    """

    key: str
    message_ids: tuple[str, ...]
    failed: tuple[Undelivered, ...]
    delayed: tuple[Undelivered, ...]


def read_notification(content: bytes) -> Notification | None:
    """Return the notification; None if the e-mail is none, or reports neither a failure nor a delay.

    The end of a long e-mail may be missing.
    """
    message = message_from_bytes(content, policy=compat32)
    if message.get_content_type() != "multipart/report":
        return None
    parts = list(message.walk())
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None:
        return None
    reported = list(_recipients(status))
    failed = tuple(each for action, each in reported if action == FAILED)[:MOST_RECIPIENTS]
    delayed = tuple(each for action, each in reported if action == DELAYED)[:MOST_RECIPIENTS]
    if not failed and not delayed:
        return None
    key = _first_id(message["Message-ID"]) or hashlib.sha256(content).hexdigest()
    return Notification(key, tuple(dict.fromkeys(_message_ids(message, parts))), failed, delayed)


def _recipients(status: Message) -> Iterator[tuple[str, Undelivered]]:
    """Return the action and the recipient of each block. The first block is about the message."""
    blocks = status.get_payload()
    for block in [each for each in blocks if isinstance(each, Message)]:
        recipient = _typed(block["Final-Recipient"]) or _typed(block["Original-Recipient"])
        if recipient:
            fields = {
                "recipient": recipient,
                "status": str(block["Status"] or "").split()[0] if block["Status"] else "",
                "reason": _typed(block["Diagnostic-Code"]),
            }
            texts = {name: _plain(text)[: _LONGEST[name]] for name, text in fields.items()}
            yield _plain(str(block["Action"] or "")).lower(), Undelivered(**texts)


def _typed(value: object) -> str:
    """Return the text after the type: `rfc822; buyer@acme.uz` is `buyer@acme.uz`."""
    return str(value or "").partition(";")[2].strip()


def _plain(text: str) -> str:
    """Return the text on one line, without what cannot be stored or turns a text around."""
    return printable(" ".join(text.replace("\0", "").split()).encode(errors="replace").decode())


def _message_ids(notification: Message, parts: list[Message]) -> Iterator[str]:
    """Return the Message-ID of the returned letter, then those that the notification answers."""
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            yield from _ids(message_from_string(_text(part), policy=compat32)["Message-ID"])
        elif part.get_content_type() == "message/rfc822":
            for letter in part.get_payload():
                yield from _ids(letter["Message-ID"] if isinstance(letter, Message) else None)
    yield from _ids(notification["In-Reply-To"])
    yield from _ids(notification["References"])


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode(errors="replace") if isinstance(content, bytes) else ""


def _ids(value: object) -> list[str]:
    return _MESSAGE_ID.findall(str(value or ""))


def _first_id(value: object) -> str | None:
    return next(iter(_ids(value)), None)
