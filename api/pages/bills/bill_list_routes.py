"""The list of vendor bills, with the sums of all that match, and the list as a file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import RowMapping

from api.bills.calls.figures import csv_download, sums_of
from api.bills.deps import Bills, Figures
from api.bills.filters import BillCsvFilter, BillFilter, BillQuery
from api.bills.schemas import BillSummary
from api.errors import Invalid
from api.pages.bills import bill_words
from api.pages.languages import N_
from api.pages.list_place import DeskList
from api.pages.lists import Asked, Chip, chip
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from models.access.roles import BOOKING_BILLS
from models.bills.payable import amount_of
from models.values.period import Period

router = APIRouter(include_in_schema=False)

ADDRESS = "/bills"
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "search": N_("Search"),
        "provider": N_("Provider"),
        "account": N_("Cloud account"),
        "month": N_("Month"),
        "currency": N_("Currency"),
        "status": N_("Status"),
        "push_state": N_("Finance"),
        "adds_up": N_("Adds up"),
    }
)
BILLS = DeskList(ADDRESS, N_("Vendor bills"), BillQuery)


@router.get(ADDRESS)
async def bill_list_page(
    request: Request, actor: PageActorDep, desk: DeskDep, bills: Bills, figures: Figures
) -> Response:
    """Show one page of the bills that match, the newest period first."""
    wanted = BILLS.asked(request.query_params)
    errors = dict(wanted.errors)
    found: list[RowMapping] = []
    if not errors:
        try:
            found = list(await bills.page(wanted.filters))
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
    shown = found[: wanted.filters.per_page]
    following = None
    if len(found) > len(shown):
        following = wanted.filters.cursor_after(shown[-1]["period_start"], shown[-1]["id"])
    providers = await figures.providers()
    return desk.page(
        "bills/bills.html.j2",
        status=400 if errors else 200,
        rows=[_row(row) for row in shown],
        sums=(await sums_of(figures, _filter(wanted))).totals if not errors else [],
        amount_of=amount_of,
        asked=wanted,
        errors=errors,
        chips=chips(desk, wanted),
        row_query=BILLS.row_query(wanted),
        labels=LABELS,
        bill_words=bill_words,
        providers=providers,
        accounts=await figures.accounts(),
        is_new=not providers,
        may_upload=actor.role.includes(BOOKING_BILLS),
        export=f"{ADDRESS}.csv{url_query(wanted.without('cursor'))}",
        first=ADDRESS + url_query(wanted.without("cursor")) if "cursor" in wanted.given else None,
        next=wanted.at(following),
    )


def _row(row: RowMapping) -> dict[str, Any]:
    """Return the bill with its amounts as they are paid, in minor units of the currency."""
    bill = BillSummary.of(dict(row))
    names = ("net", "tax", "gross")
    return {"bill": bill, **{name: amount_of(row[f"{name}_minor"], bill.currency) for name in names}}


def _filter(wanted: Asked[BillQuery]) -> BillFilter:
    return BillFilter.model_validate(wanted.filters.model_dump(exclude={"per_page", "cursor"}, exclude_none=True))


def chips(desk: Desk, wanted: Asked[BillQuery]) -> list[Chip]:
    """Return a chip for each filter in use."""
    words: dict[str, Mapping[Any, str]] = {"status": bill_words.STATUSES, "push_state": bill_words.PUSHES}
    found = []
    for name, label in LABELS.items():
        for each in chip(desk, wanted, name, label, words.get(name)):
            month = desk.formats.month(Period.parse(each.value).start) if name == "month" else each.value
            found.append(Chip(each.label, month, each.address))
    return found


@router.get(f"{ADDRESS}.csv")
async def bills_file(_: PageActorDep, filters: Annotated[BillCsvFilter, Query()], figures: Figures) -> Response:
    return await csv_download(figures, filters)
