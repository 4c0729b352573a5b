"""The page Today."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.accounting.deps import DashboardsDep
from api.deps import NowDep
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.pages.today.waiting import waiting
from api.registry.deps import RegistryDep
from api.registry.views import View, filters_of
from api.settings.deps import IssuerZoneDep
from models.accounting.ageing import DUE_SOON_DAYS
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
    currency: Annotated[str, Query(max_length=3)] = "",
) -> Response:
    """Show what waits for this person first, then the figures of today in each currency."""
    figures = await dashboards.live(local_day(moment, zone), zone)
    known = [each.currency.value for each in figures.currencies]
    shown = [each for each in figures.currencies if currency not in known or each.currency.value == currency]
    return desk.page(
        "today/today.html.j2",
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
