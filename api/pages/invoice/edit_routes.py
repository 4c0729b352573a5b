"""The edit of a draft: the form, the totals of the form before it is saved, and saving it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.access.deps import require
from api.deps import NowDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, NotFound, Unavailable, Unknown
from api.http.envelopes import ConflictDetails
from api.invoice.command_call import CommandCall
from api.invoice.deps import InvoicesDep
from api.invoice.editing.preview import edit_preview
from api.invoice.editing.schemas import EditPreview, EditTotalsView
from api.pages.forms.keys import form_key
from api.pages.invoice.command_routes import CommandCallDep
from api.pages.invoice.deps import PageInvoiceDep
from api.pages.invoice.edit_body import Reading, changed, is_only_note, read_was, reading
from api.pages.invoice.edit_conflict import conflict_page, line_label
from api.pages.invoice.edit_fields import groups, values_of
from api.pages.invoice.edit_lines import HEADINGS, LINE_LABELS, flat_changes, line_types, rows
from api.pages.invoice.list_place import ListedParam, after_command, carrying, listed_of
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.reads import ReadsDep
from api.uploads import UploadRoute
from models.invoice.commands import Edit
from models.invoice.errors import StaleRevision
from models.invoice.invoice import Invoice
from models.invoice.permissions import LEAST_ROLE
from models.invoice.preconditions import reason_not_allowed

router = APIRouter(prefix="/invoices/{invoice_id}", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 5000
_NOT_FIELDS = frozenset({"key", "was", "note", "list", "line_changes"})


@router.get("/edit")
async def edit_page(desk: DeskDep, invoice: PageInvoiceDep, actor: PageActorDep, listed: ListedParam = "") -> Response:
    """Show the draft as a form, or why it cannot be edited."""
    require(actor, LEAST_ROLE[Edit.name], Edit.name.value)
    if reason := reason_not_allowed(invoice, Edit.name):
        raise Conflict(reason)
    return _page(desk, invoice, values_of(invoice), listed=listed)


@router.post("/edit/preview")
async def preview(
    request: Request,
    desk: DeskDep,
    invoice: PageInvoiceDep,
    actor: PageActorDep,
    reads: ReadsDep,
    repository: InvoicesDep,
    now: NowDep,
) -> Response:
    """Answer the totals that the form would make, old and new, with what is wrong in it. Nothing is stored."""
    require(actor, LEAST_ROLE[Edit.name], Edit.name.value)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    yours = _texts(posted)
    found = _reading(desk, invoice, changed(yours, values_of(invoice)))
    body, tried, refused = found.body(expected_revision=_revision(posted)), None, None
    if body is not None and not is_only_note(body):
        try:
            tried = await edit_preview(reads, repository, invoice, body, actor.username, now)
        except EXPECTED as error:
            refused = expected_error(request, error)
            found.errors |= found.refused(refused)
    found.errors = _labelled(desk, invoice, found.errors, yours)
    return _totals(desk, invoice, found, tried, refused)


@router.post("/edit")
async def edit(request: Request, desk: DeskDep, invoice: PageInvoiceDep, call: CommandCallDep) -> Response:
    """Save what was changed in the form, or show the conflict with what somebody else has changed meanwhile."""
    require(call.actor, LEAST_ROLE[Edit.name], Edit.name.value)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    yours, was = _texts(posted), _was(posted)
    changes = changed(yours, was)
    found = _reading(desk, invoice, changes)
    note = str(posted.get("note", "")).strip()
    body = found.body(expected_revision=_revision(posted), **({"note": note} if note else {}))
    key = form_key(posted)
    shown = {**values_of(invoice), **yours, "note": note}
    again: dict[str, Any] = {"was": was, "revision": _revision(posted), "listed": listed_of(posted)}
    if body is None:
        errors = _labelled(desk, invoice, found.errors, yours)
        return _page(desk, invoice, shown, status=400, key=key, errors=errors, **again)
    call = replace(call, key=key)
    try:
        done = (await call.send(Edit, body)).data
    except EXPECTED as error:
        refused = expected_error(request, error)
        return await _refused(desk, call, refused, found, shown, changes, again)
    return RedirectResponse(after_command(invoice.id, done.revision, again["listed"]), 303)


async def _refused(
    desk: Desk,
    call: CommandCall,
    refused: ApiError,
    found: Reading,
    shown: Mapping[str, str],
    changes: Mapping[str, str],
    again: dict[str, Any],
) -> Response:
    current = await call.repository.find(call.invoice.id)
    assert current is not None  # an invoice is never deleted
    details = refused.details if isinstance(refused.details, ConflictDetails) else None
    if details is not None and details.reason == StaleRevision.__name__:
        note, listed = shown.get("note", ""), again["listed"]
        return await conflict_page(desk, call, current, changes, again["was"], note, listed)
    return _page(
        desk,
        current,
        shown,
        status=refused.status,
        key=call.key if not isinstance(refused, Conflict) else None,
        errors=_labelled(desk, current, found.refused(refused), shown),
        refused=refused,
        **again,
    )


def _labelled(desk: Desk, invoice: Invoice, errors: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, str]:
    """Return the errors; those of lines begin with the line and the column, because they stand apart from them."""
    return {
        name: f"{line_label(desk, name, invoice, texts)}: {message}" if name.startswith(("line.", "new.")) else message
        for name, message in errors.items()
    }


def _reading(desk: Desk, invoice: Invoice, changes: Mapping[str, str]) -> Reading:
    return reading(changes, desk.formats.zone, [line.id for line in invoice.content.lines])


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
    listed: str = "",
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
        was=json.dumps({**known_before, "_revision": str(revision or invoice.revision)}, separators=(",", ":")),
        revision=revision or invoice.revision,
        refused=refused,
        is_unknown=isinstance(refused, Unknown),
        is_down=isinstance(refused, Unavailable),
        columns=LINE_LABELS,
        headings=HEADINGS,
        rows=rows(invoice.content.lines, texts),
        types=line_types(invoice.kind),
        **carrying(listed),
        **_shown_totals(invoice),
    )


def _totals(
    desk: Desk, invoice: Invoice, found: Reading, tried: EditPreview | None, refused: ApiError | None
) -> Response:
    """Return the part of the page with the totals, the sums of the changed rows, and the errors by field."""
    row_totals = {}
    if tried is not None:
        known = {line.id for line in invoice.content.lines}
        new = iter([place for place in found.places if place.startswith("new.")])
        row_totals = {(f"line.{line.id}" if line.id in known else next(new)): line.line_total for line in tried.lines}
    details = refused.details if refused is not None and isinstance(refused.details, ConflictDetails) else None
    return desk.page(
        "invoice/edit_totals.html.j2",
        invoice=invoice,
        errors=found.errors,
        row_totals=row_totals,
        refused=refused if refused is not None and not found.errors else None,
        is_stale=details is not None and details.reason == StaleRevision.__name__,
        **(_shown_totals(invoice) if tried is None else {"before": tried.before, "after": tried.after, "tried": tried}),
    )


def _shown_totals(invoice: Invoice) -> dict[str, Any]:
    totals = EditTotalsView.of(invoice.content.totals)
    return {"before": totals, "after": totals, "tried": None}


def _texts(posted: FormData) -> dict[str, str]:
    """Return the last text of each field: a box that is not ticked has a hidden `false` before it."""
    plain = {name: str(posted.getlist(name)[-1]).strip() for name in posted if name not in _NOT_FIELDS}
    try:
        return {**plain, **flat_changes(str(posted.get("line_changes", "")))}
    except ValueError as error:
        raise NotFound("This form is incomplete; open the page again.") from error


def _was(posted: FormData) -> dict[str, str]:
    try:
        return read_was(str(posted.get("was", "")))
    except ValueError as error:
        raise NotFound("This form is incomplete; open the page again.") from error


def _revision(posted: FormData) -> int:
    text: Any = posted.get("expected_revision")
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 10 else 0
