"""The list of quotes. All of its state is in the address, so that Back, reload and another tab show the same."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import RowMapping

from api.errors import Invalid
from api.pages.languages import N_
from api.pages.list_place import DeskList
from api.pages.lists import PER_PAGE, Asked, chip
from api.pages.quotes import quote_words
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.quotes.deps import QuotesDep
from api.quotes.filters import QuoteFilters, QuoteQuery
from api.quotes.quote_schemas import QuoteSum, sum_of, summary_of
from models.access.roles import DRAFTING
from models.quotes.quote.status import QuoteStatus

router = APIRouter(include_in_schema=False)

ADDRESS = "/quotes"
LABELS: Mapping[str, str] = {
    "search": N_("Search"),
    "status": N_("Status"),
    "currency": N_("Currency"),
    "customer_key": N_("Client key"),
    "application_key": N_("Contract key"),
    "created_by": N_("Made by"),
    "valid_from": N_("Valid until, from"),
    "valid_to": N_("Valid until, to"),
    "converted": N_("Terms of a contract made"),
    "blocked": N_("Blocked"),
}
QUOTES = DeskList(ADDRESS, N_("Quotes"), QuoteQuery, lists=("status",))


@router.get(ADDRESS)
async def quotes_page(request: Request, actor: PageActorDep, desk: DeskDep, quotes: QuotesDep) -> Response:
    """Show one page of the quotes that match, the newest first, with their sums by status and currency."""
    wanted = QUOTES.asked(request.query_params)
    errors = dict(wanted.errors)
    found: Sequence[RowMapping] = []
    sums: list[QuoteSum] = []
    if not errors:
        try:
            found = await quotes.page(wanted.filters)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
        else:
            sums = [sum_of(row) for row in await quotes.sums(wanted.filters)]
    rows = [summary_of(row) for row in found[:PER_PAGE]]
    more = wanted.filters.cursor_after(rows[-1].created_at, rows[-1].id) if len(found) > PER_PAGE else None
    everything = [sum_of(row) for row in await quotes.sums(QuoteFilters())]
    return desk.page(
        "quotes/list.html.j2",
        status=400 if errors else 200,
        rows=rows,
        sums=sums,
        errors=errors,
        asked=wanted,
        row_query=QUOTES.row_query(wanted),
        labels=LABELS,
        chips=[
            each
            for name, label in LABELS.items()
            for each in chip(desk, wanted, name, label, quote_words.STATUSES if name == "status" else None)
        ],
        tabs=_tabs(everything, wanted),
        is_new=not everything,
        currencies=sorted({each.currency.value for each in everything}),
        first=ADDRESS + url_query(wanted.with_()) if wanted.filters.cursor else None,
        next=wanted.at(more),
        may_draft=actor.role.includes(DRAFTING),
        quote_words=quote_words,
    )


def _tabs(everything: Sequence[QuoteSum], wanted: Asked[QuoteQuery]) -> list[dict[str, Any]]:
    """Return a tab for all quotes and one for each status, with the number of quotes."""
    here = list(wanted.filters.status)
    tabs = [{"label": N_("All"), "quotes": sum(each.quotes for each in everything), "address": ADDRESS}]
    tabs += [
        {
            "label": quote_words.STATUSES[status],
            "quotes": sum(each.quotes for each in everything if each.status is status),
            "address": f"{ADDRESS}?status={status}",
        }
        for status in QuoteStatus
    ]
    chosen = [[], *([status] for status in QuoteStatus)]
    return [{**tab, "is_here": here == only} for tab, only in zip(tabs, chosen, strict=True)]
