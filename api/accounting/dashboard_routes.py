"""Routes of the finance dashboard. They need only PostgreSQL."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.access.deps import require_role
from api.accounting.deps import DashboardsDep
from api.accounting.repository import SHOWN_DAYS, Dashboards
from api.accounting.schemas import DashboardQuery, FinanceDashboard
from api.deps import NowDep
from api.errors import Invalid, NotFound
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.settings.deps import IssuerZoneDep
from models.access.roles import READING
from models.accounting.finance_comparison import differences
from models.accounting.finance_snapshot import FinanceFigures
from models.values.period import local_day

router = APIRouter(prefix="/dashboard", tags=["dashboard"], dependencies=[Depends(require_role(READING, "reading"))])


@router.get("/finance", summary="The finance dashboard of a day", responses=errors(400, 401, 404, 503))
async def finance_dashboard(
    query: Annotated[DashboardQuery, Query()], dashboards: DashboardsDep, zone: IssuerZoneDep, moment: NowDep
) -> Envelope[FinanceDashboard]:
    """Returns what is outstanding, due soon, late and rejected, ageing, revenue by customer, monthly totals, how long
    invoices take from ready to paid, and the money that is expected each week.

    Covers service and partner invoices; amounts of different currencies are never added up. Today is computed from the
    invoices, a past day is read from the snapshot that was taken after its end.
    """
    today = local_day(moment, zone)
    for name, day in (("as_of", query.as_of), ("compare_with", query.compare_with)):
        if day is not None and day > today:
            raise Invalid.at(name, f"must be today, {today}, or a day before it; {day} is in the future")
    figures = await _figures(dashboards, query.as_of or today, today, zone)
    if query.compare_with is None:
        return Envelope(data=FinanceDashboard(figures=figures, compared_with=None, differences=None))
    other = await _figures(dashboards, query.compare_with, today, zone)
    changes = list(differences(figures, other))
    return Envelope(data=FinanceDashboard(figures=figures, compared_with=other, differences=changes))


async def _figures(dashboards: Dashboards, day: date, today: date, zone: str) -> FinanceFigures:
    if day == today:
        return await dashboards.live(today, zone)
    found = await dashboards.stored(day)
    if found is None:
        raise NotFound(_missing(day, await dashboards.days()))
    return found


def _missing(day: date, days: list[date]) -> str:
    if not days:
        return f"There is no snapshot of {day}, nor of any other day; the first is taken in the night after today."
    newest = ", ".join(str(each) for each in days[:SHOWN_DAYS])
    earliest = f"; the first is {days[-1]}" if len(days) > SHOWN_DAYS else ""
    return f"There is no snapshot of {day}. The newest days that have one are {newest}{earliest}."
