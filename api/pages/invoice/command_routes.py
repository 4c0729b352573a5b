"""The commands as forms. A form becomes the body of the API's route, and the same call sends it to the invoice."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.access.deps import Actor, require
from api.deps import AppState, NowDep, StateDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, NotFound, Unavailable, Unknown
from api.http.envelopes import ConflictDetails
from api.invoice.command_call import CommandCall
from api.invoice.deps import InvoicesDep
from api.invoice.repository import InvoiceRef
from api.pages.forms.fields import Control, FormField, body_of, read, upload_of
from api.pages.forms.keys import form_key
from api.pages.invoice.buttons import buttons
from api.pages.invoice.command_form import CommandForm
from api.pages.invoice.deps import InvoiceDeskDep, PageInvoiceDep
from api.pages.invoice.list_place import ListedParam, after_command, carrying, listed_of
from api.pages.invoice.partner_forms import form_of, shown_fields
from api.pages.rendering import Desk
from api.pages.sessions import PageActorDep, own_page
from api.reads import ReadsDep
from api.uploads import UploadRoute, stored_upload
from models.invoice.commands import RecordPayment
from models.invoice.errors import StaleReview, StaleRevision
from models.invoice.invoice import Invoice
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import CommandName
from models.partners.orders.attachment import Owner
from models.values.money import plain
from models.values.period import local_day

router = APIRouter(prefix="/invoices/{invoice_id}/commands", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 60
# The person decided about what is no longer there, so the page shows no form for what is there now.
_STALE = frozenset({StaleRevision.__name__, StaleReview.__name__})
LONGEST_PAYMENT_ID = 200


async def command_form(command: str, invoice: PageInvoiceDep) -> CommandForm:
    if command not in set(CommandName):
        raise NotFound(f"There is no command {command}.")
    return form_of(CommandName(command), invoice)


CommandFormDep = Annotated[CommandForm, Depends(command_form)]


async def command_call(
    state: StateDep, reads: ReadsDep, repository: InvoicesDep, actor: PageActorDep, invoice: PageInvoiceDep
) -> CommandCall:
    """Return the call of a command in one's own name; its key is that of the form."""
    reference = InvoiceRef(invoice.id, invoice.workflow_id, invoice.revision, invoice.kind)
    return CommandCall(state, reads, repository, actor, reference, key="")


CommandCallDep = Annotated[CommandCall, Depends(command_call)]


@router.get("/{command}")
async def show_form(
    desk: InvoiceDeskDep,
    form: CommandFormDep,
    invoice: PageInvoiceDep,
    actor: PageActorDep,
    now: NowDep,
    effect_id: Annotated[str, Query(max_length=300)] = "",
    payment_id: Annotated[str, Query(max_length=200)] = "",
    back: Annotated[str, Query(max_length=300)] = "",
    listed: ListedParam = "",
) -> Response:
    """Show the form of a command, filled in with what is known."""
    require(actor, LEAST_ROLE[form.name], form.name.value)
    known = {"effect_id": effect_id, "payment_id": payment_id}
    texts = {**_filled_in(form, invoice, now, desk.formats.zone), **known}
    return _page(desk, form, invoice, actor, texts, back=own_page(back) if back else "", listed=listed)


@router.post("/{command}")
async def give_command(
    request: Request,
    desk: InvoiceDeskDep,
    form: CommandFormDep,
    invoice: PageInvoiceDep,
    call: CommandCallDep,
    now: NowDep,
) -> Response:
    """Give the command, and show the invoice with the event that it has made. After a refusal show the form again."""
    actor = call.actor
    require(actor, LEAST_ROLE[form.name], form.name.value)
    posted = await request.form(max_files=2, max_fields=MOST_FIELDS)
    fields = shown_fields(form, invoice)
    typed = read(fields, posted, desk.formats.zone)
    texts, values, errors = dict(typed.texts), dict(typed.values), dict(typed.errors)
    listed = listed_of(posted)
    confirmed = [each for each in posted.getlist("confirmed_warnings") if isinstance(each, str)]
    if confirmed:
        values["confirmed_warnings"] = confirmed
    if form.command is RecordPayment and not texts.get("payment_id"):
        texts["payment_id"] = values["payment_id"] = _payment_id(values)
    try:
        for name, attachment_id in (await _stored(call.state, fields, posted, invoice, actor, now)).items():
            texts[name] = values[name] = attachment_id
        body, found = body_of(form.body, values) if not errors else (None, {})
        errors |= found
        if body is None:
            return _page(
                desk, form, invoice, actor, texts, status=400, key=form_key(posted), errors=errors, listed=listed
            )
        done = (await replace(call, key=form_key(posted)).send(form.command, body)).data
    except EXPECTED as error:
        refused = expected_error(request, error)
        return await _refused(desk, form, replace(call, key=form_key(posted)), texts, confirmed, refused, listed)
    back = posted.get("back")
    is_back = isinstance(back, str) and back
    following = own_page(str(back)) if is_back else after_command(invoice.id, done.revision, listed)
    return RedirectResponse(following, 303)


async def _refused(
    desk: Desk,
    form: CommandForm,
    call: CommandCall,
    texts: Mapping[str, str],
    confirmed: list[str],
    refused: ApiError,
    listed: str,
) -> Response:
    """Show the form again, with what the invoice is now and why the command was not executed."""
    current = await call.repository.find(call.invoice.id)
    assert current is not None  # an invoice is never deleted
    details = refused.details if isinstance(refused.details, ConflictDetails) else None
    if isinstance(refused, Unknown):
        return desk.page(
            "invoice/unknown.html.j2",
            status=refused.status,
            form=form,
            invoice=current,
            hidden={**texts, "key": call.key, **({"list": listed} if listed else {})},
            confirmed=confirmed,
            key=f"{form.name}:{call.key}",
        )
    errors = {}
    if isinstance(refused.details, list):
        errors = {each.path: each.message for each in refused.details}
    is_same = not isinstance(refused, Conflict)
    is_stale = details is not None and details.reason in _STALE
    return _page(
        desk,
        form,
        current,
        call.actor,
        texts,
        status=refused.status,
        key=call.key if is_same else None,
        errors={name: message for name, message in errors.items() if name != "body"},
        refused=refused,
        warnings=details.warnings if details else None,
        is_stale=is_stale,
        listed=listed,
    )


def _page(
    desk: Desk,
    form: CommandForm,
    invoice: Invoice,
    actor: Actor,
    texts: Mapping[str, str],
    status: int = 200,
    key: str | None = None,
    errors: Mapping[str, str] | None = None,
    refused: ApiError | None = None,
    warnings: Any = None,
    is_stale: bool = False,
    back: str = "",
    listed: str = "",
) -> Response:
    return desk.page(
        "invoice/command.html.j2",
        status=status,
        form=form,
        fields=shown_fields(form, invoice),
        invoice=invoice,
        texts=texts,
        key=key,
        errors=errors or {},
        refused=refused,
        is_down=isinstance(refused, Unavailable),
        warnings=warnings,
        is_stale=is_stale,
        back=back,
        **carrying(listed),
        buttons=buttons(invoice, actor),
        zone=desk.formats.zone.key,
    )


def _filled_in(form: CommandForm, invoice: Invoice, now: datetime, zone: ZoneInfo) -> dict[str, str]:
    """Return what the form proposes: the balance, today, the channel of the draft."""
    proposed = {
        "paid_on": local_day(now, zone.key).isoformat(),
        "uploaded_at": now.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "channel": invoice.content.channel.value,
        "amount": plain(invoice.balance) if invoice.balance > 0 else "",
    }
    names = {field.name for field in form.fields}
    return {**{name: text for name, text in proposed.items() if name in names}, **_stated(form, invoice)}


def _stated(form: CommandForm, invoice: Invoice) -> dict[str, str]:
    """Return what the form states about the invoice that the person sees: its revision, its digest, its rest."""
    stated = {
        "expected_revision": str(invoice.revision),
        "digest": invoice.digest or "",
        "amount": plain(invoice.balance),
    }
    hidden = {field.name for field in form.fields if field.control is Control.HIDDEN}
    return {name: text for name, text in stated.items() if name in hidden}


async def _stored(
    state: AppState, fields: tuple[FormField, ...], posted: FormData, invoice: Invoice, actor: Actor, now: datetime
) -> dict[str, str]:
    """Store the chosen files as attachments of the invoice, and return their ids. Raise Invalid or Unavailable."""
    found = {}
    for field in fields:
        if field.control is Control.FILE and (upload := upload_of(posted, field.name)):
            attachment = await stored_upload(state, field.name, upload, Owner.INVOICE, invoice.id, actor.username, now)
            found[field.name] = attachment.id
    return found


def _payment_id(values: Mapping[str, Any]) -> str:
    """Return the id that the day and the reference give, so that the same payment is recorded once."""
    parts = [str(values[name]) for name in ("paid_on", "reference") if name in values]
    return " ".join(parts)[:LONGEST_PAYMENT_ID]
