"""The route of the search across all kinds of records."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, Field

from api.access.deps import Actor, require_role
from api.deps import StateDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.parameters import Search
from api.registry.filters import searchable
from api.search.exact import exact_hit
from api.search.finder import FinderDep, readable
from api.search.schemas import SearchResult
from models.access.roles import READING
from models.values.base_models import Strict

router = APIRouter(prefix="/search", tags=["search"], route_class=DecimalJsonRoute)

Reader = Annotated[Actor, Depends(require_role(READING, "reading"))]


class SearchQuery(Strict):
    """What is searched for."""

    q: Annotated[Search, AfterValidator(searchable)] = Field(description="a number, an amount, or words of names")


@router.get(
    "", summary="Search invoices, orders, contracts, quotes, bills and payables", responses=errors(400, 401, 503)
)
async def search_all(
    query: Annotated[SearchQuery, Query()], finder: FinderDep, state: StateDep, user: Reader
) -> Envelope[SearchResult]:
    """Returns the kinds that have a match, with the first records of each. A count is that of the kind's own list with
    the same text, up to 50 for orders, quotes, bills and payables. `exact` is the record whose number the text is."""
    kinds = readable(user.role)
    result = SearchResult(
        exact=await exact_hit(state.engines.queries, query.q.strip(), kinds),
        amounts=await finder.amounts(query.q, kinds),
        groups=await finder.groups(query.q, kinds),
    )
    return Envelope(data=result)
