"""The results of the search in the frame, grouped by kind. An exact number leads straight to its page."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse

from api.deps import StateDep
from api.pages.bills import bill_words
from api.pages.languages import N_
from api.pages.orders import order_words
from api.pages.payables import payable_words
from api.pages.quotes import quote_words
from api.pages.rendering import DeskDep
from api.pages.search.kinds import ShownKind, page_of
from api.pages.sessions import PageActorDep
from api.pages.words import LOOKS, STATUSES
from api.registry.filters import searchable
from api.search.exact import exact_hit
from api.search.finder import SHOWN, FinderDep, readable
from api.search.schemas import SearchAmount, SearchGroup, SearchKind

router = APIRouter(include_in_schema=False)

KINDS = {
    SearchKind.INVOICE: ShownKind(N_("Invoices"), "/invoices", "q", STATUSES, LOOKS),
    SearchKind.ORDER: ShownKind(N_("Orders"), "/orders", "q", order_words.STATUSES, order_words.LOOKS),
    SearchKind.CONTRACT: ShownKind(N_("Clients"), "/clients", "search", {}, {}),
    SearchKind.QUOTE: ShownKind(N_("Quotes"), "/quotes", "search", quote_words.STATUSES, quote_words.LOOKS),
    SearchKind.BILL: ShownKind(N_("Vendor bills"), "/bills", "search", bill_words.STATUSES, bill_words.STATUS_LOOKS),
    SearchKind.PAYABLE: ShownKind(
        N_("Payables"), "/payables", "search", payable_words.STATUSES, payable_words.STATUS_LOOKS
    ),
}


@router.get("/search")
async def search_page(
    desk: DeskDep,
    actor: PageActorDep,
    finder: FinderDep,
    state: StateDep,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show what matches, or the page of the only record with this number."""
    text, kinds = q.strip(), readable(actor.role)
    error = _error(text)
    groups: list[SearchGroup] = []
    amounts: list[SearchAmount] = []
    if text and not error:
        exact = await exact_hit(state.engines.queries, text, kinds)
        if exact:
            return RedirectResponse(page_of(KINDS[exact.kind], exact.id), 303)
        amounts = await finder.amounts(text, kinds)
        groups = await finder.groups(text, kinds)
    return desk.page(
        "search/search.html.j2",
        status=400 if error else 200,
        text=text,
        error=error,
        amounts=amounts,
        groups=groups,
        kinds=KINDS,
        shown=SHOWN,
        page_of=page_of,
    )


def _error(text: str) -> str:
    if not text:
        return ""
    if not text.isprintable():
        return "must have a letter or a digit to search for"
    try:
        searchable(text)
    except ValueError as error:
        return str(error)
    return ""
