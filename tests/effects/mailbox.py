"""The embedded mailbox as a test uses it."""

from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import httpx


@dataclass(frozen=True)
class MailboxView:
    url: str
    host: str
    port: int

    @property
    def probe_url(self) -> str:
        return f"{self.url}/api/messages"

    def clear(self) -> None:
        httpx.delete(self.probe_url).raise_for_status()
        self.fault()

    def fault(self, *faults: dict[str, Any]) -> None:
        httpx.put(f"{self.url}/__sandbox/faults", json=list(faults)).raise_for_status()

    def arrived(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = httpx.get(self.probe_url).json()
        return messages

    def raw(self) -> list[bytes]:
        return [httpx.get(f"{self.probe_url}/{message['id']}/raw").content for message in self.arrived()]

    def message(self) -> EmailMessage:
        """The only one that arrived."""
        (raw,) = self.raw()
        message = message_from_bytes(raw, policy=SMTP)
        assert isinstance(message, EmailMessage)
        return message
