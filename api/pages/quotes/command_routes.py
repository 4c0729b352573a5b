"""The commands of a quote as forms. A form becomes the body of the API's route, and the same call sends it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import Actor, require
from api.deps import NowDep, StateDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import Conflict, NotFound
from api.pages.forms.fields import Control, FormField, body_of, read
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.quotes.command_forms import DANGEROUS, FORMS, QuoteForm
from api.pages.quotes.deps import PageQuoteDep
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.quotes import calls
from api.quotes.bodies import ConvertQuoteBody
from api.quotes.command_call import QuoteCall
from api.quotes.deps import QuotesDep
from api.quotes.quote_repository import QuoteRef
from api.reads import ReadsDep
from api.uploads import UploadRoute
from models.quotes.quote.preconditions import allowed_for
from models.quotes.quote.quote import Quote
from models.quotes.quote.status import LEAST_ROLE
from models.values.base_models import Strict

router = APIRouter(prefix="/quotes/{quote_id}/commands", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 600
_OF_DEPOSIT = ("deposit_percent", "deposit_on", "rest_on")


@router.get("/{command}")
async def show_form(
    desk: DeskDep,
    quote: PageQuoteDep,
    actor: PageActorDep,
    now: NowDep,
    command: str,
    effect_id: Annotated[str, Query(max_length=300)] = "",
    link: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the form of a command, filled in with what is known, or why the command is not possible."""
    form = _form(command, actor)
    if form.name not in allowed_for(quote, actor.role, now):
        raise Conflict(f"{quote.title} is {quote.status}; {command.replace('_', ' ')} is not possible now.")
    texts = {**_known(quote), "effect_id": effect_id, "link": link}
    return form_response(desk, _page(form, quote), texts)


@router.post("/{command}")
async def give_command(
    request: Request,
    desk: DeskDep,
    quote: PageQuoteDep,
    actor: PageActorDep,
    quotes: QuotesDep,
    state: StateDep,
    reads: ReadsDep,
    command: str,
) -> Response:
    """Give the command, and show the quote with the event that it has made. After a refusal show the form again."""
    form = _form(command, actor)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, page = form_key(posted), _page(form, quote)
    typed = read(tuple(page.fields), posted, desk.formats.zone)
    body, found = body_of(form.body, _values(form, typed.values)) if not typed.errors else (None, {})
    errors = {**typed.errors, **found}
    if body is None:
        return form_response(desk, page, typed.texts, status=400, key=key, errors=errors)
    call = QuoteCall(state, quotes, actor, QuoteRef(quote.id, quote.workflow_id), key)
    try:
        done = await _sent(call, form, body, reads)
    except EXPECTED as error:
        refused = expected_error(request, error)
        current = await call.recorded()
        texts = {**typed.texts, **_known(current)} if isinstance(refused, Conflict) else typed.texts
        return refused_response(desk, _page(form, current), texts, key, refused)
    return RedirectResponse(f"/quotes/{quote.id}{url_query({'done': done, **desk.carried})}", 303)


async def _sent(call: QuoteCall, form: QuoteForm, body: Strict, reads: ReadsDep) -> int:
    """Send the command and return the revision of the quote after it."""
    if isinstance(body, ConvertQuoteBody):
        return (await calls.convert(call, reads, body)).data.revision
    return (await call.send(form.command, dict(body))).data.revision


def _form(command: str, actor: Actor) -> QuoteForm:
    """Return the form. Raise NotFound for a name that is no command, and Forbidden below its role."""
    form = FORMS.get(command)
    if form is None:
        raise NotFound(f"There is no command {command} of a quote.")
    require(actor, LEAST_ROLE[form.name], f"{command.replace('_', ' ')} of a quote")
    return form


def _page(form: QuoteForm, quote: Quote) -> FormPage:
    return FormPage(
        label=form.label,
        busy=form.busy,
        text=form.text,
        fields=tuple(_field(each, quote) for each in form.fields),
        address=f"/quotes/{quote.id}/commands/{form.name}",
        cancel=f"/quotes/{quote.id}",
        about=(quote.title, quote.content.customer.name),
        is_dangerous=form.name.value in DANGEROUS,
    )


def _field(field: FormField, quote: Quote) -> FormField:
    """Return the field with the options of this quote: its optional lines."""
    if field.control is not Control.CHOICES:
        return field
    return replace(field, options={line.id: line.description for line in quote.content.lines if line.optional})


def _known(quote: Quote) -> dict[str, str]:
    """Return what the forms state about the quote that the person sees, and what they propose."""
    return {
        "expected_revision": str(quote.revision),
        "version": str(quote.version),
        "application_key": quote.content.application_key or "",
        "by_mail": "true" if quote.content.recipients else "false",
        "replaces_base": "true",
    }


def _values(form: QuoteForm, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body: numbers as numbers, and the fields of a deposit as a schedule."""
    numbers = {"expected_revision", "version", "link"}
    values = {
        name: int(value) if name in numbers else value for name, value in typed.items() if name not in _OF_DEPOSIT
    }
    if form.body is ConvertQuoteBody and "deposit_percent" in typed:
        percent, deposit_on, rest_on = (typed.get(name) for name in _OF_DEPOSIT)
        values["schedule"] = {
            "kind": "deposit",
            "percent": percent,
            **({"deposit_on": deposit_on} if deposit_on else {}),
            **({"rest_on": rest_on} if rest_on else {}),
        }
    return values
