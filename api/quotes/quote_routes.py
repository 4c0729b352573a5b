"""Routes of quotes: the list, one quote, its versions and its history, and a new draft."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from api.access.deps import ActorDep, DrafterDep
from api.deps import KeyDep, NowDep, StateDep
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.media import HTML, PDF
from api.http.neighbours import Neighbours
from api.invoice.history_schemas import AuditTrail
from api.quotes.bodies import NewQuote
from api.quotes.calls import QuoteMaking, preview, sent_version, version_pdf
from api.quotes.content_schemas import QuoteContentView
from api.quotes.deps import DraftingDep, QuoteDep, QuotesDep, VersionInPath
from api.quotes.filters import QuoteFilters, QuoteQuery
from api.quotes.invoiced_schemas import InvoicedView
from api.quotes.quote_schemas import (
    QuotePage,
    QuoteSum,
    QuoteView,
    sum_of,
    summary_of,
)
from api.settings.deps import IssuerZoneDep, Reader
from models.quotes.conversion.invoiced import invoiced

router = APIRouter(prefix="/quotes", tags=["quotes"], route_class=DecimalJsonRoute)


@router.get("", summary="List quotes, the newest first", responses=errors(400, 401, 503))
async def list_quotes(query: Annotated[QuoteQuery, Query()], quotes: QuotesDep, _: Reader) -> QuotePage:
    """Use `cursor` to read all pages without gaps."""
    found = await quotes.page(query)
    shown = found[: query.per_page]
    following = None
    if len(found) > len(shown):
        following = query.cursor_after(shown[-1]["created_at"], shown[-1]["id"])
    return QuotePage(data=[summary_of(row) for row in shown], next_cursor=following)


@router.get("/sums", summary="Number and sum of quotes by status and currency", responses=errors(400, 401, 503))
async def sum_quotes(
    filters: Annotated[QuoteFilters, Query()], quotes: QuotesDep, _: Reader
) -> Envelope[list[QuoteSum]]:
    return Envelope(data=[sum_of(row) for row in await quotes.sums(filters)])


@router.post(
    "", status_code=201, summary="Make a draft of a quote", responses=errors(400, 401, 403, 404, 409, 503, 504)
)
async def make_quote(
    body: NewQuote,
    drafting: DraftingDep,
    quotes: QuotesDep,
    state: StateDep,
    user: DrafterDep,
    key: KeyDep,
    zone: IssuerZoneDep,
    now: NowDep,
) -> Envelope[QuoteView]:
    """Lines are typed, or come from a saved calculation or an earlier invoice. A repetition with the same
    `Idempotency-Key` returns the quote that the first request made."""
    return Envelope(data=await QuoteMaking(state, quotes, drafting, user, zone, now).make(body, key))


@router.get("/{quote_id}", summary="One quote", responses=errors(400, 401, 404, 503))
async def get_quote(quote: QuoteDep, state: StateDep, user: ActorDep, now: NowDep) -> Envelope[QuoteView]:
    return Envelope(data=QuoteView.seen_by(user.role, quote, now, state.archive, state.settings.quotes))


@router.get(
    "/{quote_id}/neighbours", summary="The quotes before and after one in a list", responses=errors(400, 401, 404, 503)
)
async def quote_neighbours(
    quote: QuoteDep, filters: Annotated[QuoteFilters, Query()], quotes: QuotesDep, _: Reader
) -> Envelope[Neighbours]:
    """Returns the ids of the quotes beside this one in the list with these filters, also when it has left the list."""
    return Envelope(data=Neighbours.of(await quotes.beside(quote, filters)))


@router.get(
    "/{quote_id}/invoiced",
    summary="What of a quote is invoiced, and what is left",
    responses=errors(400, 401, 404, 503),
)
async def get_invoiced(quote: QuoteDep, quotes: QuotesDep) -> Envelope[InvoicedView]:
    """Counts the invoices that have the prices of the quote or an entry of its schedule, drafts included. For each line
    and in sum, invoiced + left = quoted + difference."""
    return Envelope(data=InvoicedView.of(invoiced(quote, await quotes.invoices(quote.id))))


@router.get("/{quote_id}/events", summary="Who did what, when and why", responses=errors(400, 401, 404, 503))
async def list_quote_events(quote: QuoteDep, quotes: QuotesDep) -> Envelope[AuditTrail]:
    """Returns the events in order. `chain_intact` is false when an event was altered or removed."""
    return Envelope(data=AuditTrail.of(await quotes.events(quote.id), quote.chain))


@router.get("/{quote_id}/versions/{version}", summary="A version as it was sent", responses=errors(400, 401, 404, 503))
async def get_quote_version(quote: QuoteDep, version: VersionInPath, quotes: QuotesDep) -> Envelope[QuoteContentView]:
    content = await quotes.version(sent_version(quote, version).digest)
    if content is None:
        raise NotFound(f"Version {version} is not stored.")
    return Envelope(data=QuoteContentView.of(content))


@router.get(
    "/{quote_id}/versions/{version}/pdf",
    summary="The document of a version",
    response_class=Response,
    responses={
        200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "The ETag in If-None-Match is still the document."},
        **errors(400, 401, 404, 503),
    },
)
async def get_quote_pdf(
    quote: QuoteDep,
    version: VersionInPath,
    quotes: QuotesDep,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Returns the same bytes that were sent. Their SHA-256 is the ETag."""
    return await version_pdf(quote, version, quotes, if_none_match)


@router.get(
    "/{quote_id}/preview-html",
    summary="The page of the draft as a preview",
    response_class=Response,
    responses={200: {"content": {HTML: {"schema": {"type": "string"}}}}, **errors(400, 401, 404, 503)},
)
async def preview_quote(quote: QuoteDep) -> Response:
    """Returns the page as it would print now. A page that was not sent is marked as a draft."""
    return await preview(quote)
