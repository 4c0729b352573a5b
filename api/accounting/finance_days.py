"""The finance dashboard of a day, alone or compared with another day."""

from datetime import date, datetime

from api.accounting.repository import SHOWN_DAYS, Dashboards
from api.accounting.schemas import DashboardQuery, FinanceDashboard
from api.errors import Invalid, NotFound
from models.accounting.finance_comparison import differences
from models.accounting.finance_snapshot import FinanceFigures
from models.values.period import local_day


async def finance_of(dashboards: Dashboards, query: DashboardQuery, zone: str, moment: datetime) -> FinanceDashboard:
    """Return the figures. Raise Invalid for a day in the future, and NotFound for a past day without a snapshot."""
    today = local_day(moment, zone)
    for name, day in (("as_of", query.as_of), ("compare_with", query.compare_with)):
        if day is not None and day > today:
            raise Invalid.at(name, f"must be today, {today}, or a day before it; {day} is in the future")
    figures = await _figures(dashboards, query.as_of or today, today, zone)
    if query.compare_with is None:
        return FinanceDashboard(figures=figures, compared_with=None, differences=None)
    other = await _figures(dashboards, query.compare_with, today, zone)
    changes = list(differences(figures, other))
    return FinanceDashboard(figures=figures, compared_with=other, differences=changes)


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
