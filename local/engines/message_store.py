"""The messages of the embedded mail server: numbered .eml files, each with its envelope in a .json file."""

import email
import hashlib
import json
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from local.engines import durable_files


class MessageNotFound(LookupError):
    """There is no message with this number."""


class Attachment(BaseModel):
    filename: str
    content_type: str
    size: int
    sha256: str


class Message(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)

    id: int
    message_id: str | None
    subject: str
    sender: str = Field(alias="from")
    to: list[str]
    cc: list[str]
    date: str | None
    received_at: datetime
    envelope_from: str
    recipients: list[str]
    attachments: list[Attachment]


class MessageStore:
    """The messages in one directory, as numbered .eml files with a description beside each. No number is used again.

    The descriptions are kept in memory, so that a message is parsed once, when it arrives.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        durable_files.make_directory(directory)
        durable_files.remove_leftovers(directory)
        self._last = max((int(path.stem) for path in directory.glob("[0-9]*.json")), default=0)
        numbers = sorted(int(path.stem) for path in directory.glob("[0-9]*.eml"))
        self._described = {number: self._read_description(number) for number in numbers}

    def store(self, sender: str, recipients: list[str], content: bytes) -> int:
        """Store a message durably and return its number."""
        self._last += 1
        described = _describe(self._last, content, sender, recipients, datetime.now(UTC))
        self._write_description(described)
        durable_files.write(self._path(self._last), content)
        self._described[self._last] = described
        return self._last

    def messages(self, message_id: str | None = None) -> list[Message]:
        """Return all messages, or those with this Message-ID; the oldest first."""
        found = list(self._described.values())
        return found if message_id is None else [each for each in found if each.message_id == message_id]

    def describe(self, number: int) -> Message:
        try:
            return self._described[number]
        except KeyError as error:
            raise MessageNotFound(f"There is no message {number}.") from error

    def raw(self, number: int) -> bytes:
        try:
            return self._path(number).read_bytes()
        except FileNotFoundError as error:
            raise MessageNotFound(f"There is no message {number}.") from error

    def parsed(self, number: int) -> EmailMessage:
        return _parsed(self.raw(number))

    def clear(self) -> None:
        """Delete all messages. The last description is kept, because it holds the last number."""
        self._described.clear()
        for path in self.directory.glob("[0-9]*.eml"):
            durable_files.remove(path)
        for path in self.directory.glob("[0-9]*.json"):
            if int(path.stem) != self._last:
                durable_files.remove(path)

    def _path(self, number: int) -> Path:
        return self.directory / f"{number:06d}.eml"

    def _write_description(self, described: Message) -> None:
        durable_files.write(self._path(described.id).with_suffix(".json"), described.model_dump_json().encode())

    def _read_description(self, number: int) -> Message:
        """Return the description. A file of an earlier release holds the envelope alone, and is replaced."""
        kept = json.loads(self._path(number).with_suffix(".json").read_bytes())
        if "envelope_from" in kept:
            return Message.model_validate(kept)
        received_at = datetime.fromisoformat(kept["received_at"])
        described = _describe(number, self.raw(number), kept["sender"], kept["recipients"], received_at)
        self._write_description(described)
        return described


def _parsed(content: bytes) -> EmailMessage:
    return email.message_from_bytes(content, policy=SMTP_POLICY)


def _describe(number: int, content: bytes, sender: str, recipients: list[str], received_at: datetime) -> Message:
    message = _parsed(content)
    date = message["Date"].datetime if message["Date"] else None
    return Message.model_validate(
        {
            "id": number,
            "message_id": message["Message-ID"],
            "subject": message["Subject"] or "",
            "from": message["From"] or "",
            "to": _addresses(message, "To"),
            "cc": _addresses(message, "Cc"),
            "date": date.isoformat() if date else None,
            "received_at": received_at,
            "envelope_from": sender,
            "recipients": recipients,
            "attachments": [describe_attachment(part) for part in message.iter_attachments()],
        }
    )


def _addresses(message: EmailMessage, header: str) -> list[str]:
    return [str(address) for field_ in message.get_all(header, []) for address in field_.addresses]


def content_of(part: EmailMessage) -> bytes:
    content = part.get_content()
    if isinstance(content, str):
        return content.encode()
    return content if isinstance(content, bytes) else part.as_bytes()


def describe_attachment(part: EmailMessage) -> Attachment:
    content = content_of(part)
    return Attachment(
        filename=part.get_filename() or "attachment",
        content_type=part.get_content_type(),
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
