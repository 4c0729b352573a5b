"""The costs of vendors' bills month by month: a chart by provider or by service, and the table with its numbers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter, Request, Response

from api.bills.calls.figures import monthly_costs
from api.bills.deps import Figures
from api.bills.filters import MonthsQuery
from api.deps import TodayDep
from api.pages.bills import bill_words
from api.pages.languages import N_
from api.pages.lists import Chip, asked, chip
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from models.values.period import Period

router = APIRouter(include_in_schema=False)

ADDRESS: Final = "/bills/months"
COLOURS: Final = 6  # the greatest groups have a colour each, the others share one
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "provider": N_("Provider"),
        "account": N_("Cloud account"),
        "currency": N_("Currency"),
        "until": N_("Last month"),
        "months": N_("Months"),
    }
)


@router.get(ADDRESS)
async def months_page(request: Request, _: PageActorDep, desk: DeskDep, figures: Figures, today: TodayDep) -> Response:
    """Show the costs without tax, in each currency, with the change of the last month to the one before."""
    wanted = asked(request.query_params, MonthsQuery, ADDRESS, per_page={})
    found = await monthly_costs(figures, wanted.filters, today) if not wanted.errors else None
    chips = []
    for name in ("provider", "account", "currency", "until"):
        for each in chip(desk, wanted, name, LABELS[name]):
            month = desk.formats.month(Period.parse(each.value).start) if name == "until" else each.value
            chips.append(Chip(each.label, month, each.address))
    return desk.page(
        "bills/months.html.j2",
        status=400 if wanted.errors else 200,
        found=found,
        asked=wanted,
        errors=wanted.errors,
        chips=chips,
        labels=LABELS,
        bill_words=bill_words,
        providers=await figures.providers(),
        accounts=await figures.accounts(),
        colours=COLOURS,
    )
