"""The routes of a client's link: the quote, its PDF, and the answer to it. Nobody logs in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.deps import NowDep, StateDep
from api.errors import ApiError, Conflict, Invalid, NotFound
from api.pages.languages import N_
from api.pages.quotes.public_link import Shown, Visit, VisitDep, shown_of
from api.pages.quotes.public_page import HEADERS, message_page, quote_page
from api.quotes.command_call import deliver
from api.quotes.pdf_answer import pdf_of
from api.quotes.quote_repository import QuoteRef, QuoteRepository
from models.quotes.quote.commands import AcceptQuote, DeclineQuote, OpenQuote, QuoteCommand
from models.quotes.quote.opening import is_news
from workflows.client import quotes as workflows
from workflows.client.errors import OutcomeUnknown, TemporalUnavailable, WorkflowClosed

log = structlog.get_logger()

router = APIRouter(prefix="/q/{token}", include_in_schema=False)

_ACCEPT = ("accepted_by", "position", "order_number")
_DECLINE = ("declined_by", "reason")
_UNFIT = N_("This text is too long, or has characters that cannot be used.")
_WRONG = {
    "accepted_by": N_("Enter your name."),
    "position": N_("Enter what you are in your company."),
    "reason": N_("Enter the reason in a few words."),
}
_MEANWHILE = N_("The quote was answered or has ended in the meantime. Below you see how it stands now.")
_OPTIONS = N_("Check the options that you have marked; at least one line must be taken.")


@router.get("")
async def show_quote(request: Request, visit: VisitDep, state: StateDep, now: NowDep) -> Response:
    """Show the quote, and record that the client has opened it."""
    if is_news(visit.link, now) and not _is_prefetch(request):
        await _tell_opened(state, visit)
    return quote_page(request, visit) if visit.shows_content else message_page(request, visit)


@router.get("/pdf")
async def show_quote_pdf(visit: VisitDep, state: StateDep) -> Response:
    """Return the document of the link's version, the same bytes that were mailed."""
    version = visit.quote.sent_as(visit.link.version)
    stored = None
    if version and visit.shows_content:
        stored = await QuoteRepository(state.engines.queries).pdf(version.digest)
    if stored is None:
        raise NotFound("This document is no longer available.")
    found = pdf_of(stored)
    # The viewer of a browser needs styles and pictures of its own.
    kept = {name: value for name, value in HEADERS.items() if name != "Content-Security-Policy"}
    found.headers.update({**kept, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"})
    return found


@router.post("/accept")
async def accept(request: Request, visit: VisitDep, state: StateDep) -> Response:
    """Accept the version of the link."""
    form = await request.form()
    options = tuple(str(each) for each in form.getlist("options"))
    fields: dict[str, Any] = {**_typed(form, _ACCEPT), "options": options}
    return await _answer(request, visit, state, AcceptQuote, fields, form)


@router.post("/decline")
async def decline(request: Request, visit: VisitDep, state: StateDep) -> Response:
    """Decline the version of the link."""
    form = await request.form()
    return await _answer(request, visit, state, DeclineQuote, _typed(form, _DECLINE), form)


async def _answer(
    request: Request,
    visit: Visit,
    state: StateDep,
    command_type: type[QuoteCommand],
    fields: Mapping[str, Any],
    form: FormData,
) -> Response:
    """Send the answer to the quote's workflow, and lead to the page that shows it."""
    name = command_type.name.value
    if visit.shown is not Shown.OPEN:
        return message_page(request, visit) if not visit.shows_content else quote_page(request, visit, status=409)
    named = {
        "version": visit.link.version,
        "link": visit.link.number,
        "by": f"link {visit.link.number}",
        "idempotency_key": f"{name}:link{visit.link.number}:{str(form.get('key', ''))[:50]}",
    }
    typed = {**fields, "form": name}
    try:
        command = command_type.model_validate({**fields, **named})
    except ValidationError as error:
        problems = {str(each["loc"][0]): _WRONG.get(str(each["loc"][0]), _UNFIT) for each in error.errors()}
        return quote_page(request, visit, status=400, typed=typed, errors=problems)
    quotes = QuoteRepository(state.engines.queries)
    try:
        await deliver(state, quotes, QuoteRef(visit.quote.id, visit.quote.workflow_id), command)
    except (Conflict, Invalid) as refused:
        return await _refused(request, visit, quotes, typed, refused, state.clock())
    return RedirectResponse(f"/q/{visit.token}", 303, headers=dict(HEADERS))


async def _refused(
    request: Request, visit: Visit, quotes: QuoteRepository, typed: Mapping[str, Any], refused: ApiError, now: datetime
) -> Response:
    """Return the page of the quote as it is by now, with the reason why the answer was not accepted."""
    current = await quotes.find(visit.quote.id) or visit.quote
    link = current.link(visit.link.number) or visit.link
    seen = Visit(visit.token, current, link, shown_of(current, link, now, link.expires_at))
    if not seen.shows_content:
        return message_page(request, seen)
    if isinstance(refused, Invalid):
        return quote_page(request, seen, status=400, typed=typed, problem=_OPTIONS)
    return quote_page(request, seen, status=409, typed=typed, problem=_MEANWHILE)


def _typed(form: FormData, names: tuple[str, ...]) -> dict[str, str]:
    """Return what was typed; an empty field is left out."""
    found = {name: str(form.get(name, "")).strip() for name in names}
    return {name: value for name, value in found.items() if value}


def _is_prefetch(request: Request) -> bool:
    """Return whether nobody looks at the page: a HEAD request, or a browser or a mail program that reads ahead."""
    purposes = (request.headers.get("Sec-Purpose", ""), request.headers.get("Purpose", ""))
    return bool(request.scope.get("is_head")) or any("prefetch" in each for each in purposes)


async def _tell_opened(state: StateDep, visit: Visit) -> None:
    """Tell the quote that it was opened. The client sees the page whether or not Temporal answers."""
    command = OpenQuote(link=visit.link.number, by=f"link {visit.link.number}")
    try:
        client = await state.temporal.client()
        await workflows.tell_opened(client, visit.quote.workflow_id, command, state.update_timeout)
    except (TemporalUnavailable, OutcomeUnknown, WorkflowClosed) as error:
        log.warning("quote_opening_not_recorded", quote=visit.quote.id, link=visit.link.number, error=str(error))
