"""The page that explains how an invoice travels, with links into the data."""

from fastapi import APIRouter, Response

from api.deps import StateDep
from api.http.decimal_json import DecimalJsonRoute
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.pages.setup.journey import PARTNER_STAGES, STAGES, journey
from api.registry.deps import RegistryDep

router = APIRouter(include_in_schema=False, route_class=DecimalJsonRoute)


@router.get("/how-it-works")
async def how_it_works(_: PageActorDep, desk: DeskDep, registry: RegistryDep, state: StateDep) -> Response:
    """Show the steps of an invoice, each with one that is there now."""
    return desk.page(
        "setup/how_it_works.html.j2",
        service=await journey(registry, state.archive, STAGES),
        partner=await journey(registry, state.archive, PARTNER_STAGES),
    )
