"""The overview of the settings: what each area decides, when it was changed last and by whom."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.http.decimal_json import DecimalJsonRoute
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.pages.settings.area_page import AreaPage, LinkedPage
from api.pages.settings.areas import SECTIONS
from api.settings.company.history import areas
from api.settings.cost_access import cost_access
from api.settings.deps import SettingsStoreDep
from api.settings.schemas import AreaView
from models.access.roles import ADMINISTERING, Role

router = APIRouter(prefix="/settings", include_in_schema=False, route_class=DecimalJsonRoute)


@dataclass(frozen=True)
class ShownArea:
    page: AreaPage | LinkedPage
    last: AreaView | None
    may_change: bool


@dataclass(frozen=True)
class ShownSection:
    label: str
    areas: Sequence[ShownArea]


@router.get("")
async def settings_page(request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    """Show the areas that this person may see."""
    last = {each.area: each for each in await areas(store, actor)}
    sees_costs = (await cost_access(store)).allows(actor.role)
    shown = [
        ShownSection(
            section.label,
            [
                ShownArea(page, last.get(page.area), actor.role.includes(page.least_role))
                for page in section.pages
                if _is_shown(page, actor.role, sees_costs, request.app.state.pages)
            ],
        )
        for section in SECTIONS
    ]
    return desk.page("settings/overview.html.j2", shown=[each for each in shown if each.areas])


def _is_shown(page: AreaPage | LinkedPage, role: Role, sees_costs: bool, pages: Set[str]) -> bool:
    """Return whether the person may open the page, and the desk has it."""
    if isinstance(page, AreaPage):
        return sees_costs or not page.is_confidential
    may_open = page.least_role is not ADMINISTERING or role.includes(ADMINISTERING)
    return may_open and page.address in pages
