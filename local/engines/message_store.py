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
    """The messages in one directory. A number is never used again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        durable_files.make_directory(directory)
        durable_files.remove_leftovers(directory)
        self._last = max((int(path.stem) for path in directory.glob("[0-9]*.json")), default=0)

    def store(self, sender: str, recipients: list[str], content: bytes) -> int:
        """Store a message durably and return its number."""
        self._last += 1
        envelope = {"sender": sender, "recipients": recipients, "received_at": datetime.now(UTC).isoformat()}
        path = self._path(self._last)
        durable_files.write(path.with_suffix(".json"), json.dumps(envelope, ensure_ascii=False).encode())
        durable_files.write(path, content)
        return self._last

    def numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self.directory.glob("[0-9]*.eml"))

    def raw(self, number: int) -> bytes:
        try:
            return self._path(number).read_bytes()
        except FileNotFoundError as error:
            raise MessageNotFound(f"There is no message {number}.") from error

    def parsed(self, number: int) -> EmailMessage:
        return email.message_from_bytes(self.raw(number), policy=SMTP_POLICY)

    def describe(self, number: int) -> Message:
        message = self.parsed(number)
        envelope = json.loads(self._path(number).with_suffix(".json").read_bytes())
        return Message.model_validate(
            {
                "id": number,
                "message_id": message["Message-ID"],
                "subject": message["Subject"] or "",
                "from": message["From"] or "",
                "to": _addresses(message, "To"),
                "cc": _addresses(message, "Cc"),
                "date": message["Date"].datetime.isoformat() if message["Date"] and message["Date"].datetime else None,
                "received_at": envelope["received_at"],
                "envelope_from": envelope["sender"],
                "recipients": envelope["recipients"],
                "attachments": [describe_attachment(part) for part in message.iter_attachments()],
            }
        )

    def clear(self) -> None:
        """Delete all messages. The last envelope is kept, because it holds the last number."""
        for path in self.directory.glob("[0-9]*.eml"):
            durable_files.remove(path)
        for path in self.directory.glob("[0-9]*.json"):
            if int(path.stem) != self._last:
                durable_files.remove(path)

    def _path(self, number: int) -> Path:
        return self.directory / f"{number:06d}.eml"


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
