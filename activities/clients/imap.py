"""The client of the mailbox that receives notices of non-delivery: it reads the messages after a position over IMAP.

The folder is opened read-only, so that no flag changes and people may use the same mailbox. Every call opens a
connection, makes one attempt and blocks, so it runs in a thread of a pool of its own.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import SecretStr

from activities.clients.errors import Permanent, Transient
from activities.runtime.threads import BoundedThreadPool, Busy
from settings import ImapSettings

VENDOR = "The mailbox of bounces"
# The report of a returned letter comes before the letter itself with its PDF.
LONGEST_PART = 256 * 1024
_UID = re.compile(rb"UID (\d+)")


@dataclass(frozen=True)
class Report:
    """A message of the type multipart/report: the beginning of its bytes, and when it arrived."""

    uid: int
    arrived_at: datetime
    content: bytes


@dataclass(frozen=True)
class NewMessages:
    """The reports among the next messages. `last` is the UID up to which all were looked at; None if there are none."""

    uid_validity: int
    reports: tuple[Report, ...] = ()
    last: int | None = None


@dataclass(frozen=True)
class BounceMailbox:
    """One folder. `timeout_seconds` limits each step of the connection."""

    host: str
    port: int
    username: str
    password: SecretStr
    folder: str = "INBOX"
    security: Literal["tls", "starttls", "none"] = "tls"
    timeout_seconds: float = 30
    _pool: BoundedThreadPool = field(default_factory=lambda: BoundedThreadPool("imap", 1))

    @classmethod
    def of(cls, settings: ImapSettings) -> "BounceMailbox | None":
        """Return the mailbox of the settings; None if there is none."""
        if not settings.host:
            return None
        return cls(
            host=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            folder=settings.folder,
            security=settings.security,
            timeout_seconds=settings.timeout_seconds,
        )

    def close(self) -> None:
        self._pool.close()

    @property
    def name(self) -> str:
        """The name under which its position is kept."""
        return f"{self.username}@{self.host}/{self.folder}"

    async def read(self, after: tuple[int, int] | None, most: int, not_before: datetime) -> NewMessages:
        """Return the next messages, `most` at the most, after this UIDVALIDITY and UID.

        A folder that was never read, or whose UIDVALIDITY has changed, is read from `not_before` on. Raises Permanent
        if the server refuses, and Transient if it cannot be reached.
        """
        try:
            return await self._pool.run(lambda: self._read(after, most, not_before))
        except Busy as error:
            raise Transient(f"{VENDOR} is still being read") from error
        except imaplib.IMAP4.abort as error:  # a lost connection or a server that is shutting down
            raise Transient(f"{VENDOR} ended the connection ({error})") from error
        except imaplib.IMAP4.error as error:
            raise Permanent(f"{VENDOR} refused", vendor_message=_reason(error)) from error
        except (OSError, EOFError) as error:
            raise Transient(f"{VENDOR} could not be reached ({error or type(error).__name__})") from error

    def _read(self, after: tuple[int, int] | None, most: int, not_before: datetime) -> NewMessages:
        with self._connected() as imap:
            imap.login(self.username, self.password.get_secret_value())
            _checked(imap.select(_quoted(self.folder), readonly=True))
            uid_validity = int(imap.response("UIDVALIDITY")[1][0] or 0)
            begun = after[1] if after and after[0] == uid_validity else None
            criteria = f"UID {begun + 1}:*" if begun is not None else f"SINCE {not_before:%d-%b-%Y}"
            found = _checked(imap.uid("SEARCH", criteria))
            # `n:*` names the last message even if its UID is below n.
            uids = sorted(uid for uid in map(int, (found[0] or b"").split()) if begun is None or uid > begun)[:most]
            reports = tuple(report for uid in uids if (report := _report(imap, uid)))
            return NewMessages(uid_validity, reports, uids[-1] if uids else None)

    @contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4]:
        if self.security == "tls":
            tls = ssl.create_default_context()
            imap: imaplib.IMAP4 = imaplib.IMAP4_SSL(self.host, self.port, ssl_context=tls, timeout=self.timeout_seconds)
        else:
            imap = imaplib.IMAP4(self.host, self.port, timeout=self.timeout_seconds)
        try:
            if self.security == "starttls":
                imap.starttls(ssl.create_default_context())
            yield imap
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                imap.shutdown()


def _report(imap: imaplib.IMAP4, uid: int) -> Report | None:
    """Return the message if it is a report; None if it is another one, or was deleted meanwhile."""
    header = _fetched(imap, uid, "BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)]")
    if header is None or b"multipart/report" not in header[1].lower():
        return None
    found = _fetched(imap, uid, f"INTERNALDATE BODY.PEEK[]<0.{LONGEST_PART}>")
    if found is None:
        return None
    answer, content = found
    arrived = imaplib.Internaldate2tuple(answer)
    arrived_at = datetime(*arrived[:6]).astimezone(UTC) if arrived else datetime.now(UTC)
    return Report(uid, arrived_at, content)


def _fetched(imap: imaplib.IMAP4, uid: int, items: str) -> tuple[bytes, bytes] | None:
    """Return the answer without the literal, and the literal."""
    for number, part in enumerate(data := _checked(imap.uid("FETCH", str(uid), f"({items})"))):
        if isinstance(part, tuple):
            after = data[number + 1] if number + 1 < len(data) else b""
            answer = part[0] + (after if isinstance(after, bytes) else b"")
            if (named := _UID.search(answer)) and int(named[1]) == uid:
                return answer, part[1]
    return None


def _checked(answer: tuple[str, list[Any]]) -> list[Any]:
    """Return the data of an answer. Raises imaplib's error if the server refused."""
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(b" ".join(each for each in data if isinstance(each, bytes)))
    return data


def _quoted(folder: str) -> str:
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _reason(error: imaplib.IMAP4.error) -> str:
    first = error.args[0] if error.args else ""
    return first.decode(errors="replace") if isinstance(first, bytes) else str(first)
