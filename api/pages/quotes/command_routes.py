"""The commands of a quote as forms. A form becomes the body of the API's route, and the same call sends it."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import NowDep, StateDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import Conflict
from api.pages.forms.fields import body_of, read
from api.pages.forms.form_page import form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.quotes.command_page import command_page, form_of
from api.pages.quotes.deps import PageQuoteDep
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.quotes.command_call import QuoteCall
from api.quotes.deps import QuotesDep
from api.quotes.quote_repository import QuoteRef
from api.uploads import UploadRoute
from models.quotes.quote.preconditions import allowed_for
from models.quotes.quote.quote import Quote

router = APIRouter(prefix="/quotes/{quote_id}/commands", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 600


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
    form = form_of(command, actor)
    if form.name not in allowed_for(quote, actor.role, now):
        raise Conflict(f"{quote.title} is {quote.status}; {command.replace('_', ' ')} is not possible now.")
    texts = {**_known(quote), "effect_id": effect_id, "link": link}
    return form_response(desk, command_page(form, quote), texts)


@router.post("/{command}")
async def give_command(
    request: Request,
    desk: DeskDep,
    quote: PageQuoteDep,
    actor: PageActorDep,
    quotes: QuotesDep,
    state: StateDep,
    command: str,
) -> Response:
    """Give the command, and show the quote with the event that it has made. After a refusal show the form again."""
    form = form_of(command, actor)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, page = form_key(posted), command_page(form, quote)
    typed = read(tuple(page.fields), posted, desk.formats.zone)
    body, found = body_of(form.body, _values(typed.values)) if not typed.errors else (None, {})
    errors = {**typed.errors, **found}
    if body is None:
        return form_response(desk, page, typed.texts, status=400, key=key, errors=errors)
    call = QuoteCall(state, quotes, actor, QuoteRef(quote.id, quote.workflow_id), key)
    try:
        done = (await call.send(form.command, dict(body))).data.revision
    except EXPECTED as error:
        refused = expected_error(request, error)
        current = await call.recorded()
        texts = {**typed.texts, **_known(current)} if isinstance(refused, Conflict) else typed.texts
        return refused_response(desk, command_page(form, current), texts, key, refused)
    return RedirectResponse(f"/quotes/{quote.id}{url_query({'done': done, **desk.carried})}", 303)


def _known(quote: Quote) -> dict[str, str]:
    """Return what the forms state about the quote that the person sees, and what they propose."""
    return {
        "expected_revision": str(quote.revision),
        "version": str(quote.version),
        "by_mail": "true" if quote.content.recipients else "false",
    }


def _values(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body: numbers as numbers."""
    numbers = {"expected_revision", "version", "link"}
    return {name: int(value) if name in numbers else value for name, value in typed.items()}
