"""The page on which a person edits the HTML of a draft's document, with a preview that the server renders."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Query, Request, Response
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from api.access.deps import Actor, require
from api.deps import NowDep
from api.documents.answers import edited_preview_answer, preview_answer
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, Unavailable, Unknown
from api.http.envelopes import ConflictDetails
from api.invoice.command_bodies import EditBody
from api.invoice.command_call import CommandCall
from api.pages.forms.fields import body_of
from api.pages.forms.keys import form_key
from api.pages.invoice.command_routes import CommandCallDep
from api.pages.invoice.deps import PageInvoiceDep
from api.pages.invoice.document_frame import framed
from api.pages.invoice.list_place import ListedParam, after_command, carrying, listed_of
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.reads import Reads, ReadsDep
from api.uploads import UploadRoute
from models.documents.ports import PreviewInput
from models.invoice.commands import Edit
from models.invoice.errors import StaleRevision
from models.invoice.invoice import Invoice
from models.invoice.permissions import LEAST_ROLE
from models.invoice.preconditions import reason_not_allowed

router = APIRouter(prefix="/invoices/{invoice_id}/html", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 20


@dataclass(frozen=True)
class Typed:
    """What the form has: the page, the revision that it was opened on, and the override that there was then."""

    html: str
    revision: int
    was: str
    note: str = ""
    restores: bool = False
    listed: str = ""

    @classmethod
    def opened(cls, invoice: Invoice, html: str, listed: str) -> "Typed":
        return cls(html, invoice.revision, digest_of(invoice.content.html_override), listed=listed)

    @classmethod
    def read(cls, posted: FormData) -> "Typed":
        texts = {name: value for name, value in posted.items() if isinstance(value, str)}
        revision = texts.get("expected_revision", "")
        return cls(
            html=texts.get("html", "").replace("\r\n", "\n"),
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
            was=texts.get("was", ""),
            note=texts.get("note", "").strip(),
            restores=texts.get("restore") == "true",
            listed=listed_of(posted),
        )

    @property
    def override(self) -> str:
        return "" if self.restores else self.html


def digest_of(html: str | None) -> str:
    return hashlib.sha256((html or "").encode()).hexdigest()


@router.get("")
async def html_page(
    desk: DeskDep,
    invoice: PageInvoiceDep,
    actor: PageActorDep,
    reads: ReadsDep,
    computed: bool = Query(default=False),
    listed: ListedParam = "",
) -> Response:
    """Show the HTML of the document: the edited one, or else the computed one as a start."""
    _require_edit(invoice, actor)
    html = invoice.content.html_override if not computed else None
    return _page(desk, invoice, Typed.opened(invoice, html or await _computed(invoice, reads), listed))


@router.post("/preview")
async def preview(
    request: Request, invoice: PageInvoiceDep, actor: PageActorDep, reads: ReadsDep, now: NowDep
) -> Response:
    """Answer the page as the typed HTML would print, for the frame beside the form."""
    _require_edit(invoice, actor)
    typed = Typed.read(await request.form(max_files=0, max_fields=MOST_FIELDS))
    if typed.override == (invoice.content.html_override or ""):
        return framed(request, await preview_answer(invoice, reads))
    edit = Edit(expected_revision=invoice.revision, html_override=typed.override, by=actor.username)
    return framed(request, await edited_preview_answer(invoice, edit, reads, now))


@router.post("/check")
async def check(
    request: Request, desk: DeskDep, invoice: PageInvoiceDep, actor: PageActorDep, reads: ReadsDep
) -> Response:
    """Answer what the typed HTML has that a document must not contain."""
    _require_edit(invoice, actor)
    typed = Typed.read(await request.form(max_files=0, max_fields=MOST_FIELDS))
    return desk.page("invoice/objections.html.j2", objections=await reads.override_objections(typed.html))


@router.post("")
async def save(request: Request, desk: DeskDep, invoice: PageInvoiceDep, call: CommandCallDep) -> Response:
    """Save the HTML, or go back to the computed document. A refused form is shown again with what was typed."""
    require(call.actor, LEAST_ROLE[Edit.name], Edit.name.value)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    typed, key = Typed.read(posted), form_key(posted)
    values = {"expected_revision": typed.revision, "html_override": typed.override}
    body, errors = body_of(EditBody, {**values, **({"note": typed.note} if typed.note else {})})
    if body is None:
        return _page(desk, invoice, typed, status=400, key=key, objections=list(errors.values()))
    call = replace(call, key=key)
    try:
        done = (await call.send(Edit, body)).data
    except EXPECTED as error:
        return await _refused(desk, call, typed, expected_error(request, error))
    return RedirectResponse(after_command(invoice.id, done.revision, typed.listed), 303)


async def _refused(desk: Desk, call: CommandCall, typed: Typed, refused: ApiError) -> Response:
    """Show the form again. After a change by somebody else it is on their revision, so that it can be saved."""
    current = await call.repository.find(call.invoice.id)
    assert current is not None  # an invoice is never deleted
    details = refused.details if isinstance(refused.details, ConflictDetails) else None
    if details is not None and details.reason == StaleRevision.__name__:
        events = [event for event in await call.repository.events(current.id) if event.seq > typed.revision]
        seen = digest_of(current.content.html_override)
        is_other = seen != typed.was
        newer = replace(typed, revision=current.revision, was=seen)
        return _page(
            desk,
            current,
            newer,
            status=409,
            events=events,
            theirs=current.content.html_override or "",
            is_other=is_other,
        )
    objections = [each.message for each in refused.details] if isinstance(refused.details, list) else []
    key = None if isinstance(refused, Conflict) else call.key
    return _page(desk, current, typed, status=refused.status, key=key, objections=objections, refused=refused)


def _require_edit(invoice: Invoice, actor: Actor) -> None:
    """Raise Forbidden or Conflict when the person may not edit the draft now."""
    require(actor, LEAST_ROLE[Edit.name], Edit.name.value)
    if reason := reason_not_allowed(invoice, Edit.name):
        raise Conflict(reason)


async def _computed(invoice: Invoice, reads: Reads) -> str:
    """Return the page of the template, with a mark for the number."""
    found = PreviewInput(content=invoice.content, due=invoice.due, as_override=True)
    return (await reads.page(found)).html


def _page(
    desk: Desk,
    invoice: Invoice,
    typed: Typed,
    status: int = 200,
    key: str | None = None,
    objections: list[str] | None = None,
    refused: ApiError | None = None,
    **more: Any,
) -> Response:
    shown = {"events": None, "theirs": "", "is_other": False, **more}
    return desk.page(
        "invoice/html.html.j2",
        status=status,
        invoice=invoice,
        typed=typed,
        key=key,
        objections=objections or [],
        refused=refused if not objections else None,
        is_unknown=isinstance(refused, Unknown),
        is_down=isinstance(refused, Unavailable),
        **carrying(typed.listed),
        **shown,
    )
