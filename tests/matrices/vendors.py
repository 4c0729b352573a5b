"""The vendors of the matrices, each behind a line that injects faults, and what they hold."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from activities.clients import decimal_json
from local.stack.stack import Stack
from tests.acceptance.conftest import bucket_of
from tests.fixtures.mailbox import MailboxView
from tests.fixtures.processes import HTTP
from tests.fixtures.smtp_line import SmtpLine
from tests.fixtures.vendor_line import HOST, Certificates, VendorLine

SETTLE_SECONDS = "4"
TIMED = ("PLANFACT", "DIDOX", "SMTP", "TELEGRAM")
LONGEST_WEBHOOK_SECONDS = 60


@dataclass(frozen=True)
class Vendors:
    """The lines by vendor, and the environment of a worker that uses them."""

    stack: Stack
    lines: Mapping[str, VendorLine]
    environment: Mapping[str, str]
    receiver: str
    """The address of the receiver of webhooks behind its line."""

    @classmethod
    @asynccontextmanager
    async def behind_lines(cls, stack: Stack, folder: Path, timeout_seconds: int) -> AsyncIterator[Self]:
        """Yield the vendors; their clients wait so many seconds for an answer, that of the archive a minute."""
        env = dict(stack.env)
        certificates = Certificates(str(folder / "authority.pem"))
        async with AsyncExitStack() as opened:
            lines: dict[str, VendorLine] = {}
            for name, variable in (
                ("planfact", "AKTUM_PLANFACT__URL"),
                ("didox", "AKTUM_DIDOX__URL"),
                ("archive", "AKTUM_S3__URL"),
                ("telegram", "AKTUM_TELEGRAM__URL"),
            ):
                address = urlsplit(env[variable])
                line = VendorLine.to(address.hostname or HOST, address.port or 0, certificates)
                lines[name] = await opened.enter_async_context(line)
                env[variable] = f"https://{HOST}:{lines[name].port}{address.path}"
            address = urlsplit(stack.describe()["webhook_receiver"])
            to_receiver = VendorLine.to(HOST, address.port or 0, certificates)
            lines["webhooks"] = await opened.enter_async_context(to_receiver)
            smtp = SmtpLine.to(env["AKTUM_SMTP__HOST"], int(env["AKTUM_SMTP__PORT"]), certificates)
            lines["mail"] = await opened.enter_async_context(smtp)
            env |= {"AKTUM_SMTP__PORT": str(lines["mail"].port), "AKTUM_SMTP__SECURITY": "tls"}
            env |= {"SSL_CERT_FILE": certificates.bundle, "AWS_CA_BUNDLE": certificates.bundle}
            env |= {f"AKTUM_{name}__TIMEOUT_SECONDS": str(timeout_seconds) for name in TIMED}
            env["AKTUM_WEBHOOKS__TIMEOUT_SECONDS"] = str(min(timeout_seconds, LONGEST_WEBHOOK_SECONDS))
            env |= {f"AKTUM_{name}__SETTLE_SECONDS": SETTLE_SECONDS for name in ("PLANFACT", "DIDOX")}
            env |= {"AKTUM_PLANFACT__BOOK_PAYMENTS": "true", "AKTUM_PLANFACT__ACCOUNT_ID": "90000000"}
            yield cls(stack, lines, env, f"https://{HOST}:{lines['webhooks'].port}{address.path}")

    # What the vendors hold; each returns the ids of the records that fit

    def operations(self, kind: str, text: str) -> list[str]:
        """Return the shipments or incomes whose comment has the text, deleted ones too."""
        found = [each for each in self._effects("planfact") if each["kind"] == kind]
        return [each["id"] for each in found if text in str(each["record"].get("comment"))]

    def acts(self, number: str) -> list[str]:
        return [each["id"] for each in self._effects("didox") if number in str(each["record"])]

    def act(self, document_id: str) -> dict[str, Any]:
        """Return the act as Didox has it."""
        [found] = [each for each in self._effects("didox") if each["id"].lower() == document_id.lower()]
        record: dict[str, Any] = found["record"]
        return record

    def deleted(self, vendor: str, record_id: str) -> list[str]:
        """Return the id if the record is deleted."""
        found = [each for each in self._effects(vendor) if each["id"].lower() == record_id.lower()]
        return [record_id for each in found if each["deleted"]]

    def letters(self, message_id: str) -> list[str]:
        return [each["message_id"] for each in self._mailbox().arrived() if each["message_id"] == message_id]

    def files(self, ending: str) -> list[str]:
        return [each.key for each in bucket_of(self.stack.describe()).objects.all() if each.key.endswith(ending)]

    def chat_messages(self, chat: str) -> list[int]:
        return [int(each["id"]) for each in self._effects("telegram") if each["record"]["chat"]["id"] == chat]

    def received(self, event_id: str) -> list[int]:
        """Return how often the receiver got the event with the same body; an event with two bodies counts as none."""
        found = [each["record"] for each in self._effects("webhooks") if each["id"] == event_id]
        return [record["received"] if record["same_body"] else 0 for record in found]

    def know_secret(self, secret: str) -> None:
        """Give the receiver of webhooks the secret that it verifies signatures with."""
        url = f"{self._sandbox('webhooks')}/__sandbox/secrets"
        HTTP.post(url, json={"secrets": [secret]}).raise_for_status()

    def _sandbox(self, vendor: str) -> str:
        described = self.stack.describe()
        found = described["webhook_receiver"].removesuffix("/receive") if vendor == "webhooks" else None
        return str(found or described["sandboxes"][vendor])

    def _effects(self, vendor: str) -> list[dict[str, Any]]:
        answer = HTTP.get(f"{self._sandbox(vendor)}/__sandbox/effects")
        answer.raise_for_status()
        found: list[dict[str, Any]] = decimal_json.loads(answer.content)["effects"]
        return found

    def _mailbox(self) -> MailboxView:
        return MailboxView(self.stack.describe()["mailbox"], HOST, 0)
