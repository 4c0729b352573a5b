"""Dependencies of the pages of quotes: the quote that the path names, for a person who is signed in."""

from typing import Annotated

from fastapi import Depends

from api.errors import NotFound
from api.pages.sessions import PageActorDep
from api.quotes.deps import QuoteId, QuotesDep
from models.quotes.quote.quote import Quote


async def page_quote(quote_id: QuoteId, quotes: QuotesDep, _: PageActorDep) -> Quote:
    found = await quotes.find(quote_id)
    if found is None:
        raise NotFound(f"There is no quote {quote_id}.")
    return found


PageQuoteDep = Annotated[Quote, Depends(page_quote)]
