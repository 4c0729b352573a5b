"""The page Today."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.accounting.deps import DashboardsDep
from api.deps import NowDep, StateDep
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.pages.setup.setup_routes import in_words
from api.pages.today.waiting import waiting
from api.registry.deps import RegistryDep
from api.registry.views import View, filters_of
from api.settings.company.setup import steps_of
from api.settings.deps import IssuerZoneDep, SettingsStoreDep
from models.accounting.ageing import DUE_SOON_DAYS
from models.settings.setup import is_ready
from models.values.period import local_day

router = APIRouter(include_in_schema=False)

SHOWN_CUSTOMERS = 8


@router.get("/")
async def today_page(
    actor: PageActorDep,  # first, so that a stranger is sent to the sign-in page before anything is read
    desk: DeskDep,
    registry: RegistryDep,
    dashboards: DashboardsDep,
    zone: IssuerZoneDep,
    moment: NowDep,
    request: Request,
    store: SettingsStoreDep,
    state: StateDep,
    currency: Annotated[str, Query(max_length=3)] = "",
) -> Response:
    """Show what waits for this person first, then the figures of today in each currency.

    A new system shows the steps of its set-up before that.
    """
    figures = await dashboards.live(local_day(moment, zone), zone)
    known = [each.currency.value for each in figures.currencies]
    shown = [each for each in figures.currencies if currency not in known or each.currency.value == currency]
    steps = await steps_of(store, state.settings)
    is_new = not is_ready(steps) or (not figures.currencies and (await registry.views())[0].invoices == 0)
    return desk.page(
        "today/today.html.j2",
        setup=in_words(request, steps, actor.role) if is_new and not all(each.is_done for each in steps) else [],
        waiting=await waiting(registry, actor.role),
        figures=figures,
        currencies=shown,
        known=known,
        chosen=currency if currency in known else "",
        due_soon_days=DUE_SOON_DAYS,
        most_customers=SHOWN_CUSTOMERS,
        outstanding=filters_of(View.OUTSTANDING),
        due_soon={
            **filters_of(View.OUTSTANDING),
            "due_date_from": figures.as_of.isoformat(),
            "due_date_to": (figures.as_of + timedelta(days=DUE_SOON_DAYS)).isoformat(),
        },
    )
