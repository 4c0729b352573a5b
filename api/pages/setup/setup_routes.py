"""The page of the set-up: each step with its state, what is missing, and where it is mended."""

from fastapi import APIRouter, Request, Response

from api.deps import StateDep
from api.http.decimal_json import DecimalJsonRoute
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.pages.settings.areas import AREAS
from api.pages.setup.steps import ShownStep, shown_steps
from api.settings.company.setup import steps_of
from api.settings.deps import SettingsStoreDep
from models.access.roles import Role
from models.settings.setup import StepState

router = APIRouter(include_in_schema=False, route_class=DecimalJsonRoute)


def in_words(request: Request, steps: tuple[StepState, ...], role: Role) -> list[ShownStep]:
    """Return the steps in words, with links to the pages that this desk has and the role may use."""
    areas = {page.address for page in AREAS.values()}
    return shown_steps(steps, role, request.app.state.pages, areas=areas)


@router.get("/settings/setup")
async def setup_page(
    request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep, state: StateDep
) -> Response:
    """Show all steps, also those that are done."""
    steps = await steps_of(store, state.settings)
    return desk.page("setup/setup.html.j2", steps=in_words(request, steps, actor.role))
