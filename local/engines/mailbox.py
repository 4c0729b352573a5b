"""The embedded mail server: stores every message that Aktum sends, acknowledges it when it is on disk, and shows it.

Tests can queue the faults of a real relay, and let a letter come back: POST /__sandbox/bounces/{number}.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import typer
import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

import settings
from local.engines.imap_folder import ImapFault, ImapFolder, Returned, returned
from local.engines.mailbox_page import letter_routes, mailbox_page
from local.engines.message_store import Message, MessageNotFound, MessageStore
from local.sandboxes.pages.routes import add_page


class Fault(BaseModel):
    """A fault and how many times it occurs.

    `reply`: `code` and `text` instead of 250 at `stage`; at `data` the message is not stored. At `rcpt` with an
    `address` it is the reply to this address only.
    `delay_after_data`: the message is stored and acknowledged `seconds` later.
    `accept_then_drop`: the message is stored and the connection is closed without an answer.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["reply", "delay_after_data", "accept_then_drop"]
    times: int = Field(default=1, ge=1)
    stage: Literal["mail", "rcpt", "data"] = "data"
    address: str | None = None
    code: int = Field(default=451, ge=400, le=599)
    text: str = "4.3.0 The mailbox is busy, try again later"
    seconds: float = Field(default=60, ge=0)


@dataclass
class Faults:
    """The queued faults."""

    queue: list[Fault] = field(default_factory=list)

    def take(self, stage: str, *kinds: str, address: str | None = None) -> Fault | None:
        """Remove one occurrence of the first fault of these kinds and return it, or None."""
        for position, fault in enumerate(self.queue):
            fits = fault.kind != "reply" or (fault.stage == stage and fault.address in (None, address))
            if fault.kind in kinds and fits:
                left = fault.times - 1
                self.queue[position : position + 1] = [fault.model_copy(update={"times": left})] if left else []
                return fault
        return None

    def reply(self, stage: str, address: str | None = None) -> str | None:
        fault = self.take(stage, "reply", address=address)
        return f"{fault.code} {fault.text}" if fault else None


@dataclass
class Receiver:
    """The SMTP side. aiosmtpd calls these hooks for each SMTP command."""

    mailbox: MessageStore
    faults: Faults
    _order: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.faults.reply("mail"):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.faults.reply("rcpt", address):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if refusal := self.faults.reply("data"):
            return refusal
        async with self._order:
            number = await asyncio.to_thread(
                self.mailbox.store, envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""
            )
        fault = self.faults.take("data", "delay_after_data", "accept_then_drop")
        if fault and fault.kind == "delay_after_data":
            await asyncio.sleep(fault.seconds)
        if fault and fault.kind == "accept_then_drop" and server.transport:
            server.transport.close()
        return f"250 2.0.0 Ok: queued as {number:06d}"


def create_app(mailbox: MessageStore, smtp_host: str, smtp_port: int, folder: ImapFolder, imap_port: int) -> FastAPI:
    """Return the web application; its lifespan runs the SMTP server, and the IMAP server of the returned letters."""
    faults = Faults()

    @asynccontextmanager
    async def serve_mail(_: FastAPI) -> AsyncIterator[None]:
        receiver = Receiver(mailbox, faults)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(
                receiver, enable_SMTPUTF8=True, hostname="mailbox.localhost", ident="Aktum mailbox", loop=loop
            ),
            smtp_host,
            smtp_port,
        )
        async with server, folder.serving(smtp_host, imap_port):
            yield

    app = FastAPI(title="Aktum mailbox", lifespan=serve_mail)
    app.add_exception_handler(MessageNotFound, not_found)
    add_page(app, mailbox_page(mailbox, lambda: [fault.model_dump() for fault in faults.queue]))
    app.include_router(letter_routes(mailbox))
    app.include_router(_api_routes(mailbox))
    app.include_router(_fault_routes(faults))
    app.include_router(_bounce_routes(mailbox, folder))
    return app


def not_found(_: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, 404)


def _api_routes(mailbox: MessageStore) -> APIRouter:
    """Return the API that Aktum probes and that the tests read."""
    router = APIRouter(prefix="/api/messages")

    @router.get("")
    def list_messages(message_id: str | None = None) -> list[Message]:
        return mailbox.messages(message_id)

    @router.get("/{number}/raw")
    def raw_message(number: int) -> Response:
        return Response(mailbox.raw(number), media_type="message/rfc822")

    @router.delete("", status_code=204)
    def delete_messages() -> None:
        mailbox.clear()

    return router


def _fault_routes(faults: Faults) -> APIRouter:
    """Return the health check and the queue of faults."""
    router = APIRouter(prefix="/__sandbox")

    @router.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/faults")
    async def show_faults() -> list[Fault]:
        return faults.queue

    @router.put("/faults")
    async def set_faults(queue: list[Fault]) -> list[Fault]:
        faults.queue = queue
        return queue

    return router


def _bounce_routes(mailbox: MessageStore, folder: ImapFolder) -> APIRouter:
    """Return the control of the returned letters, which are kept in memory."""
    router = APIRouter(prefix="/__sandbox/bounces")

    @router.post("/{number}", status_code=201)
    async def bounce(number: int, recipients: list[Returned]) -> dict[str, int]:
        """Return the message as a mail server does that cannot deliver it to these recipients."""
        letter = await asyncio.to_thread(mailbox.raw, number)
        return {"uid": folder.add(returned(letter, *recipients, key=uuid4().hex))}

    @router.put("/faults")
    async def set_faults(queue: list[ImapFault]) -> list[ImapFault]:
        folder.faults = queue
        return queue

    return router


def main(
    directory: Annotated[Path, typer.Option()],
    port: Annotated[int, typer.Option()],
    imap_port: Annotated[int, typer.Option()],
) -> None:
    """Receive mail at AKTUM_SMTP__HOST and __PORT, show it at `port` on loopback, and return letters at `imap_port`."""
    configured = settings.load()
    smtp, password = configured.smtp, configured.imap.password.get_secret_value()
    folder = ImapFolder(password=password) if password else ImapFolder()
    app = create_app(MessageStore(directory), smtp.host or "127.0.0.1", smtp.port, folder, imap_port)
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False)


if __name__ == "__main__":
    typer.run(main)
