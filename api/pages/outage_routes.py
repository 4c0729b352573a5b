"""The part of every page that tells of outages. It asks again by itself, and is empty when everything answers.

It needs no login, as the probes of the API, because nobody can be looked up while PostgreSQL is down.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.deps import NowDep, StateDep
from api.pages.outages import Outages, shown
from api.pages.rendering import Desk

router = APIRouter(include_in_schema=False)


@router.get("/outages")
async def outages(
    request: Request, state: StateDep, moment: NowDep, again: Annotated[str, Query(max_length=5)] = ""
) -> Response:
    """Answer the part. A page that could not be shown is loaded again when nothing is out any more."""
    known: Outages = request.app.state.outages
    found, reloads = await known.now(state), again == "true"
    headers = {"HX-Refresh": "true"} if reloads and not found else None
    outage = shown(found, reloads=reloads)
    return Desk.of(request).page("_parts/outages.html.j2", headers=headers, told_at=moment, told=outage)
