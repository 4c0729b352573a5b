"""The pages of the mailbox for a person: the letters, one letter, its attachments, and a letter that bounces."""

import re
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from local.engines.message_store import Message, MessageStore, content_of, describe_attachment
from local.sandboxes.pages.description import Action, Column, Faults, Form, Input, Page, Row, Section
from local.sandboxes.pages.rendering import html_page, templates

PAGES = templates(Path(__file__).parent)
SHOWN_INLINE = frozenset({"application/pdf", "image/png", "image/jpeg"})
MESSAGE_POLICY = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}

BOUNCE = Action(
    "bounce",
    "Let it bounce",
    "/__sandbox/bounces/{number}",
    "The letter came back. Aktum finds the report when it reads the mailbox of returned letters.",
    body=lambda form: [{"recipient": form.get("recipient", "")}],
    severe=True,
)
FAULT_INPUTS = (
    Input("kind", "Kind", "reply", options=("reply", "delay_after_data", "accept_then_drop")),
    Input("times", "Times", "1", number=True, required=True),
    Input("stage", "Stage", "data", options=("mail", "rcpt", "data")),
    Input("address", "Address (at rcpt)"),
    Input("code", "Reply code", "451", number=True),
    Input("seconds", "Seconds", "60", number=True),
)
FIELDS_OF_KIND = {"reply": ("stage", "address", "code"), "delay_after_data": ("seconds",)}


def mailbox_page(mailbox: MessageStore, faults: Callable[[], Sequence[Mapping[str, Any]]]) -> Page:
    """Return the page of the letters. The route replaces the whole queue of faults, so the old ones are sent too."""
    queue = Action(
        "queue-fault",
        "Queue the fault",
        "/__sandbox/faults",
        "The fault is queued.",
        method="PUT",
        body=lambda form: [*faults(), fault_of(form)],
        inputs=FAULT_INPUTS,
    )
    remove = Action(
        "remove-faults",
        "Remove all",
        "/__sandbox/faults",
        "No fault is queued any more.",
        method="PUT",
        body=lambda _: [],
    )
    letters = Section(
        title="Letters",
        columns=(
            *(Column("#", "id"), Column("Received (UTC)", "time"), Column("To"), Column("Subject")),
            Column("Attachments"),
        ),
        records=mailbox.messages,
        row=_row,
        empty="There is no mail yet. Mail that Aktum sends is stored and shown here; none of it leaves this machine.",
    )
    return Page(
        title="Mailbox",
        about="The letters that Aktum sent. None of them left this machine.",
        note="A client who pays an invoice pays at the bank. Record the payment in Aktum (the command record_payment).",
        sections=(letters,),
        faults=Faults(lambda: list(map(_in_words, faults())), queue, remove),
        row_actions=(BOUNCE,),
    )


def fault_of(form: Form) -> dict[str, Any]:
    """Return the fault of a form with the fields of its kind."""
    names = ("kind", "times", *FIELDS_OF_KIND.get(form.get("kind", ""), ()))
    return {name: form[name] for name in names if name in form}


def _in_words(fault: Mapping[str, Any]) -> str:
    times = "once" if fault["times"] == 1 else f"{fault['times']} times"
    match fault["kind"]:
        case "reply":
            address = f" for {fault['address']}" if fault["address"] else ""
            return f"reply {fault['code']} {fault['text']} at {fault['stage']}{address}, {times}"
        case "delay_after_data":
            return f"delay_after_data by {fault['seconds']:g} seconds, {times}"
        case kind:
            return f"{kind}, {times}"


def _row(message: Message) -> Row:
    subject = message.subject or "(no subject)"
    return Row(
        key=str(message.id),
        cells=(
            str(message.id),
            f"{message.received_at:%Y-%m-%d %H:%M:%S}",
            ", ".join(message.recipients),
            Markup('<a href="/message/{}">{}</a>').format(message.id, subject),
            ", ".join(file.filename for file in message.attachments),
        ),
        actions=(BOUNCE,),
        inputs={"bounce": (Input("recipient", "Recipient", options=message.recipients),)},
    )


def letter_routes(mailbox: MessageStore) -> APIRouter:
    """Return the pages of a letter: its text, its HTML part and its attachments."""
    router = APIRouter()

    @router.get("/message/{number}", response_class=HTMLResponse)
    def show_message(number: int) -> HTMLResponse:
        message = mailbox.parsed(number)
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        return html_page(
            "mailbox.html.j2",
            pages=PAGES,
            message=mailbox.describe(number),
            headers=message.items(),
            text=plain.get_content() if plain else None,
            html=html is not None,
        )

    @router.get("/message/{number}/html", response_class=HTMLResponse)
    def show_html(number: int) -> HTMLResponse:
        body = mailbox.parsed(number).get_body(("html",))
        if body is None:
            raise HTTPException(404, "This message has no HTML part.")
        return HTMLResponse(body.get_content(), headers=MESSAGE_POLICY)

    @router.get("/message/{number}/attachments/{position}")
    def download(number: int, position: int) -> Response:
        parts = list(mailbox.parsed(number).iter_attachments())
        if not 0 <= position < len(parts):
            raise HTTPException(404, f"Message {number} has no attachment {position}.")
        return _attachment(parts[position])

    return router


def _attachment(part: EmailMessage) -> Response:
    kind = part.get_content_type()
    name = re.sub(r"[^\w.-]", "_", describe_attachment(part).filename, flags=re.ASCII)
    disposition = f'{"inline" if kind in SHOWN_INLINE else "attachment"}; filename="{name}"'
    headers = {"Content-Disposition": disposition, "X-Content-Type-Options": "nosniff"}
    return Response(content_of(part), media_type=kind, headers=headers)
