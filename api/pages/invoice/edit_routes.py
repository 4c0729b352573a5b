"""The edit of a draft, and the page of a conflict: what each field is now, by whom, and what this person typed."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.access.deps import require
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, NotFound, Unavailable, Unknown
from api.http.envelopes import ConflictDetails
from api.invoice.command_bodies import EditBody
from api.invoice.command_call import CommandCall
from api.pages.forms.fields import body_of
from api.pages.forms.keys import form_key
from api.pages.invoice.command_routes import CommandCallDep
from api.pages.invoice.deps import PageInvoiceDep
from api.pages.invoice.edit_fields import (
    LINE_LABELS,
    NEW_LINES,
    body_values,
    changed,
    controls,
    groups,
    read_was,
    values_of,
)
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.uploads import UploadRoute
from models.invoice.commands import Edit
from models.invoice.errors import StaleRevision
from models.invoice.invoice import Invoice
from models.invoice.permissions import LEAST_ROLE
from models.invoice.preconditions import reason_not_allowed

router = APIRouter(prefix="/invoices/{invoice_id}", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 5000


@router.get("/edit")
async def edit_page(desk: DeskDep, invoice: PageInvoiceDep, actor: PageActorDep) -> Response:
    """Show the draft as a form, or why it cannot be edited."""
    require(actor, LEAST_ROLE[Edit.name], Edit.name.value)
    if reason := reason_not_allowed(invoice, Edit.name):
        raise Conflict(reason)
    return _page(desk, invoice, values_of(invoice))


@router.post("/edit")
async def edit(request: Request, desk: DeskDep, invoice: PageInvoiceDep, call: CommandCallDep) -> Response:
    """Save what was changed in the form, or show the conflict with what somebody else has changed meanwhile."""
    require(call.actor, LEAST_ROLE[Edit.name], Edit.name.value)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    yours, was = _texts(posted), _was(posted)
    changes = changed(yours, was)
    values, errors = body_values(changes, desk.formats.zone)
    note = str(posted.get("note", "")).strip()
    values |= {"expected_revision": _revision(posted), **({"note": note} if note else {})}
    body, found = body_of(EditBody, values) if not errors else (None, {})
    errors |= found
    key = form_key(posted)
    shown = {**values_of(invoice), **yours, "note": note}
    if body is None:
        return _page(desk, invoice, shown, status=400, key=key, errors=errors, was=was, revision=_revision(posted))
    try:
        done = (await replace(call, key=key).send(Edit, body)).data
    except EXPECTED as error:
        refused = expected_error(request, error)
        return await _refused(desk, replace(call, key=key), refused, shown, changes, was, posted)
    return RedirectResponse(f"/invoices/{invoice.id}?done={done.revision}", 303)


async def _refused(
    desk: Desk,
    call: CommandCall,
    refused: ApiError,
    shown: Mapping[str, str],
    changes: Mapping[str, str],
    was: Mapping[str, str],
    posted: FormData,
) -> Response:
    current = await call.repository.find(call.invoice.id)
    assert current is not None  # an invoice is never deleted
    details = refused.details if isinstance(refused.details, ConflictDetails) else None
    if details is not None and details.reason == StaleRevision.__name__:
        return await _conflict(desk, call, current, changes, was, shown.get("note", ""))
    errors = {each.path: each.message for each in refused.details} if isinstance(refused.details, list) else {}
    return _page(
        desk,
        current,
        shown,
        status=refused.status,
        key=call.key if not isinstance(refused, Conflict) else None,
        errors=errors,
        was=was,
        revision=_revision(posted),
        refused=refused,
    )


async def _conflict(
    desk: Desk, call: CommandCall, current: Invoice, changes: Mapping[str, str], was: Mapping[str, str], note: str
) -> Response:
    """Show field by field what was changed here and there. Only what both changed has to be decided."""
    now = values_of(current)
    theirs = {name for name in {**now, **was} if now.get(name) != was.get(name)}
    known = controls({**now, **changes})
    rows = [
        {
            "name": name,
            "was": was.get(name, ""),
            "now": now.get(name, ""),
            "yours": changes.get(name, now.get(name, "")),
            "is_both": name in theirs and name in changes and changes[name] != now.get(name),
            "is_mine": name in changes,
        }
        for name in {**was, **now, **changes}
        if name in known and (name in theirs or name in changes)
    ]
    since = [event for event in await call.repository.events(current.id) if event.seq > int(call_revision(was))]
    return desk.page(
        "invoice/conflict.html.j2",
        status=409,
        invoice=current,
        rows=rows,
        events=since,
        was=json.dumps({**now, "_revision": str(current.revision)}),
        note=note,
        labels=labels_of(current),
    )


def call_revision(was: Mapping[str, str]) -> str:
    return was.get("_revision", "0")


def labels_of(invoice: Invoice) -> dict[str, str]:
    """Return the label of each field, and for those of a line also its description."""
    found = {field.name: field.label for fields in groups(invoice).values() for field in fields}
    for line in invoice.content.lines:
        found |= {f"line.{line.id}.{name}": f"{line.description[:60]}: {name}" for name in LINE_LABELS}
    return found


def _page(
    desk: Desk,
    invoice: Invoice,
    texts: Mapping[str, str],
    status: int = 200,
    key: str | None = None,
    errors: Mapping[str, str] | None = None,
    was: Mapping[str, str] | None = None,
    revision: int | None = None,
    refused: ApiError | None = None,
) -> Response:
    known_before = was if was is not None else values_of(invoice)
    return desk.page(
        "invoice/edit.html.j2",
        status=status,
        invoice=invoice,
        groups=groups(invoice),
        texts=texts,
        key=key,
        errors=errors or {},
        was=json.dumps({**known_before, "_revision": str(revision or invoice.revision)}),
        revision=revision or invoice.revision,
        refused=refused,
        is_unknown=isinstance(refused, Unknown),
        is_down=isinstance(refused, Unavailable),
        line_labels=LINE_LABELS,
        new_lines=range(NEW_LINES),
    )


def _texts(posted: FormData) -> dict[str, str]:
    """Return the last text of each field: a box that is not ticked has a hidden `false` before it."""
    return {name: str(posted.getlist(name)[-1]).strip() for name in posted if name not in ("key", "was", "note")}


def _was(posted: FormData) -> dict[str, str]:
    try:
        return read_was(str(posted.get("was", "")))
    except ValueError as error:
        raise NotFound("This form is incomplete; open the page again.") from error


def _revision(posted: FormData) -> int:
    text: Any = posted.get("expected_revision")
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 10 else 0
