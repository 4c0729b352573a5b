"""A folder of returned letters over IMAP, for the embedded mail server and for tests.

It answers the few commands that a reader of a folder sends, as no small, maintained IMAP server is a Python package.
Faults are queued as for SMTP. Nothing is stored on disk.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_LINE = re.compile(rb"(?P<tag>\S+) (?P<command>(?:UID )?[A-Za-z]+) ?(?P<rest>.*)\r\n")
_PARTIAL = re.compile(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>")


_NOTIFICATION = """\
From: Mail Delivery System <MAILER-DAEMON@relay.example>
To: invoices@company.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <{key}@relay.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain; charset=us-ascii

This is the mail system. Your message could not be delivered.

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

{blocks}
--=_report
Content-Type: {kind}

"""
_BLOCK = """\
Final-Recipient: rfc822; {0.recipient}
Action: {0.action}
Status: {0.status}
Diagnostic-Code: {0.reason}
"""


class ImapFault(BaseModel):
    """What happens at a command, so many times: a refusal, a lost connection, or an answer after `seconds`."""

    model_config = ConfigDict(extra="forbid")

    command: Literal["LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"]
    kind: Literal["refuse", "drop", "delay"]
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=60, ge=0)


class Returned(BaseModel):
    """A recipient that is reported as not reached."""

    model_config = ConfigDict(extra="forbid")

    recipient: str
    status: str = "5.1.1"
    action: Literal["failed", "delayed", "delivered"] = "failed"
    reason: str = "smtp; 550 5.1.1 No such user"


@dataclass(frozen=True)
class _Kept:
    uid: int
    arrived_at: datetime
    content: bytes


@dataclass
class ImapFolder:
    """The messages, the queued faults, and the commands that were received."""

    username: str = "bounces"
    password: str = "bounces"  # noqa: S105 - of a mailbox on loopback
    uid_validity: int = 1
    faults: list[ImapFault] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    _kept: list[_Kept] = field(default_factory=list)
    _last: int = 0

    def add(self, content: bytes, arrived_at: datetime | None = None) -> int:
        """Add a message and return its UID."""
        self._last += 1
        self._kept.append(_Kept(self._last, arrived_at or datetime.now(UTC), content))
        return self._last

    def clear(self) -> None:
        """Delete all messages and begin the UIDs anew, as a server does that restored the folder."""
        self._kept.clear()
        self.uid_validity += 1
        self._last = 0

    @asynccontextmanager
    async def serving(self, host: str, port: int = 0) -> AsyncIterator[int]:
        """Serve the folder until the block ends; yield the port."""
        server = await asyncio.start_server(self._serve, host, port)
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"* OK Aktum IMAP\r\n")
            while line := await reader.readline():
                if not await self._answer(line, writer):
                    break
                await writer.drain()
        except ConnectionError:
            pass  # the client has gone
        finally:
            writer.close()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one command; return whether the connection stays open."""
        found = _LINE.fullmatch(line)
        if found is None:
            writer.write(b"* BAD what is that\r\n")
            return True
        tag, command, rest = found["tag"], found["command"].decode().upper(), found["rest"].decode()
        self.commands.append(command)
        fault = self._fault(command)
        if fault and fault.kind == "drop":
            return False
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        refused = (fault and fault.kind == "refuse") or (command == "LOGIN" and not self._may_enter(rest))
        lines = [] if refused else self._data(command, rest)
        result = b"NO [AUTHENTICATIONFAILED] not now" if refused else b"OK done"
        writer.write(b"".join([*lines, tag, b" ", result, b"\r\n"]))
        return command != "LOGOUT"

    def _fault(self, command: str) -> ImapFault | None:
        for position, fault in enumerate(self.faults):
            if fault.command == command:
                left = fault.times - 1
                self.faults[position : position + 1] = [fault.model_copy(update={"times": left})] if left else []
                return fault
        return None

    def _may_enter(self, rest: str) -> bool:
        return rest.replace('"', "") == f"{self.username} {self.password}"

    def _data(self, command: str, rest: str) -> list[bytes]:
        match command:
            case "CAPABILITY":
                return [b"* CAPABILITY IMAP4rev1\r\n"]
            case "EXAMINE":
                return [
                    f"* {len(self._kept)} EXISTS\r\n* OK [UIDVALIDITY {self.uid_validity}] valid\r\n".encode(),
                ]
            case "UID SEARCH":
                return [f"* SEARCH {' '.join(str(kept.uid) for kept in self._found(rest))}\r\n".encode()]
            case "UID FETCH":
                uid, _, items = rest.partition(" ")
                return [
                    _fetched(number, kept, items) for number, kept in enumerate(self._kept, 1) if str(kept.uid) == uid
                ]
            case _:
                return []

    def _found(self, criteria: str) -> list[_Kept]:
        """Return the messages of `UID n:*` or `SINCE day`. `n:*` always includes the last message."""
        if criteria.startswith("UID "):
            first = int(criteria.removeprefix("UID ").partition(":")[0])
            return [kept for kept in self._kept if kept.uid >= first] or self._kept[-1:]
        since = datetime.strptime(criteria.removeprefix("SINCE "), "%d-%b-%Y").replace(tzinfo=UTC)
        return [kept for kept in self._kept if kept.arrived_at >= since]


def _fetched(number: int, kept: _Kept, items: str) -> bytes:
    partial = _PARTIAL.search(items)
    if partial:
        begin, length = int(partial[1]), int(partial[2])
        literal, name = kept.content[begin : begin + length], f"BODY[]<{begin}>"
    else:
        kind = message_from_bytes(kept.content)["Content-Type"] or "text/plain"
        literal, name = f"Content-Type: {kind}\r\n\r\n".encode(), "BODY[HEADER.FIELDS (CONTENT-TYPE)]"
    arrived = f'INTERNALDATE "{kept.arrived_at:%d-%b-%Y %H:%M:%S +0000}"'
    return f"* {number} FETCH (UID {kept.uid} {arrived} {name} {{{len(literal)}}}\r\n".encode() + literal + b")\r\n"


def returned(letter: bytes, *recipients: Returned, key: str, whole: bool = False) -> bytes:
    """Return the notification of a mail server about a letter; with `whole` it holds the letter and not its headers."""
    headers = letter.partition(b"\r\n\r\n")[0] + b"\r\n"
    blocks = "\n".join(_BLOCK.format(each) for each in recipients)
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    before = _NOTIFICATION.format(key=key, blocks=blocks, kind=kind).replace("\n", "\r\n")
    return before.encode() + (letter if whole else headers) + b"\r\n--=_report--\r\n"
