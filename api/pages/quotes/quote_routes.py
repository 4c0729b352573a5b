"""The page of one quote, its documents, and what has been invoiced of it."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from api.deps import NowDep, StateDep
from api.invoice.history_schemas import AuditTrail
from api.pages.invoice.document_frame import framed
from api.pages.quotes import quote_words
from api.pages.quotes.command_forms import DANGEROUS, FORMS, MAIN
from api.pages.quotes.deps import PageQuoteDep
from api.pages.quotes.list_routes import QUOTES
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.quotes import calls
from api.quotes.deps import QuotesDep, VersionInPath
from api.quotes.invoiced_schemas import InvoicedView
from api.quotes.quote_schemas import QuoteView
from models.quotes.conversion.invoiced import invoiced
from models.quotes.quote.status import QuoteStatus

router = APIRouter(prefix="/quotes/{quote_id}", include_in_schema=False)


@router.get("")
async def quote_page(
    desk: DeskDep,
    quote: PageQuoteDep,
    actor: PageActorDep,
    quotes: QuotesDep,
    state: StateDep,
    now: NowDep,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the quote as PostgreSQL has it, with the event that a command has just made."""
    view = QuoteView.seen_by(actor.role, quote, now, state.archive, state.settings.quotes)
    trail = AuditTrail.of(await quotes.events(quote.id), quote.chain)
    wanted = QUOTES.came_from(desk.listed)
    beside = await quotes.beside(quote, wanted.filters) if wanted else None
    allowed = [name.value for name in view.allowed_commands]
    return desk.page(
        "quotes/quote.html.j2",
        quote=view,
        place=QUOTES.place(wanted, quote.id, beside) if wanted and beside else None,
        title=quote.title,
        trail=trail,
        events=list(reversed(trail.events)),
        done=next((event for event in trail.events if str(event.seq) == done), None),
        invoiced=InvoicedView.of(invoiced(quote, await quotes.invoices(quote.id)))
        if quote.status is QuoteStatus.ACCEPTED
        else None,
        allowed=allowed,
        main=[FORMS[name] for name in MAIN if name in allowed],
        danger=[FORMS[name] for name in DANGEROUS if name in allowed],
        quote_words=quote_words,
        is_pending=any(effect.state == "pending" for effect in view.effects),
    )


@router.get("/preview")
async def preview(request: Request, quote: PageQuoteDep) -> Response:
    """Answer the page as it would print now, in the font of the document."""
    return framed(request, await calls.preview(quote))


@router.get("/versions/{version}/pdf")
async def version_pdf(
    quote: PageQuoteDep,
    version: VersionInPath,
    quotes: QuotesDep,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    found = await calls.version_pdf(quote, version, quotes, if_none_match)
    found.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'self'"
    return found
