"""The page of the registry. All of its state is in the address, so that Back, reload and another tab show the same."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import NowDep, StateDep, TodayDep
from api.errors import Invalid
from api.pages.invoice.command_forms import FORMS
from api.pages.invoice.list_place import INVOICES
from api.pages.languages import N_
from api.pages.lists import Asked
from api.pages.registry.bulk import BULK
from api.pages.registry.chips import ADDRESS, LABELS, chips
from api.pages.registry.columns import COLUMNS, COOKIE, cookie_value, shown_columns
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep, SessionDep, own_page
from api.registry.deps import RegistryDep
from api.registry.downloads import csv_download, xlsx_download
from api.registry.filters import CsvFilter, InvoiceFilter, Order, Selection, Sort, XlsxFilter
from api.registry.queries import Listing, Total
from api.registry.repository import Registry
from api.registry.schemas import InvoiceSummary
from api.registry.views import SELECTIONS, View, ViewCount
from api.settings.deps import IssuerZoneDep
from models.accounting.ageing import days_late
from models.invoice.permissions import may
from models.invoice.status import Kind, Status
from models.values.period import local_day
from models.values.typed_amounts import amount_readings

router = APIRouter(include_in_schema=False)

VIEWS: Mapping[View, str] = MappingProxyType(
    {
        View.ALL: N_("All"),
        View.DRAFTS: N_("Drafts"),
        View.NEEDS_REVIEW: N_("Needs review"),
        View.OUTSTANDING: N_("Outstanding"),
        View.LATE: N_("Late"),
        View.BLOCKED: N_("Blocked"),
        View.REJECTED: N_("Rejected"),
        View.PAID: N_("Paid"),
    }
)
# The order in which a column is sorted first.
_FIRST_ORDERS = {Sort.NUMBER: Order.DESC, Sort.TOTAL_AMOUNT: Order.DESC, Sort.CREATED_AT: Order.DESC}
EMPTY = Listing(rows=(), total=Total(0), next=None, previous=None)
MOST_OFFERS_COUNTED = 1000
ALL_SUMS = "all"


@router.get(ADDRESS)
async def registry_page(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    registry: RegistryDep,
    state: StateDep,
    zone: IssuerZoneDep,
    moment: NowDep,
    sums: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show one page of the invoices that match, with the sums of all that match."""
    wanted = INVOICES.asked(request.query_params)
    found, totals = EMPTY, None
    errors = dict(wanted.errors)
    if not errors:
        try:
            found = await registry.invoices(wanted.filters)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
        else:
            totals = await registry.totals(wanted.filters, of_all=sums == ALL_SUMS)
    views = await registry.views()
    return desk.page(
        "registry/registry.html.j2",
        status=400 if errors else 200,
        rows=[InvoiceSummary.of(row, state.archive) for row in found.rows],
        found=found,
        totals=totals,
        errors=errors,
        asked=wanted,
        chips=chips(desk, wanted),
        tabs=[_tab(each, wanted) for each in views],
        is_new=views[0].invoices == 0,
        offers=await _offers(registry, wanted),
        sorts=_sorts(wanted),
        all_sums=ADDRESS + url_query({**wanted.given, "sums": ALL_SUMS}),
        columns=shown_columns(request.cookies),
        all_columns=COLUMNS,
        bulk=[FORMS[name] for name in BULK if may(actor.role, name)],
        labels=LABELS,
        currencies=_currencies(totals, wanted),
        kinds=list(Kind),
        statuses=list(Status),
        exports={kind: f"{ADDRESS}.{kind}{url_query(wanted.without('cursor'))}" for kind in ("xlsx", "csv")},
        row_query=INVOICES.row_query(wanted),
        previous=wanted.at(found.previous),
        next=wanted.at(found.next),
        days_late=lambda due: days_late(due, local_day(moment, zone)),
    )


def _tab(count: ViewCount, wanted: Asked[InvoiceFilter]) -> dict[str, Any]:
    """Return a tab of the page: the address of the view alone, and whether the list is in it."""
    view = SELECTIONS[count.view]
    names = ("status", "overdue", "blocked")
    is_here = all(getattr(wanted.filters, name) == getattr(view, name) for name in names)
    address = ADDRESS + url_query({k: str(v).lower() if v is True else v for k, v in count.filters.items()})
    return {"label": VIEWS[count.view], "invoices": count.invoices, "address": address, "is_here": is_here}


async def _offers(registry: Registry, wanted: Asked[InvoiceFilter]) -> list[dict[str, Any]]:
    """Return the searches for the amounts that the searched text can mean, with the number of invoices."""
    offers = []
    for amount in amount_readings(wanted.filters.q or ""):
        rest = {k: v for k, v in wanted.with_(min_total=str(amount), max_total=str(amount)).items() if k != "q"}
        fields = {**wanted.filters.model_dump(include=set(Selection.model_fields)), "q": None}
        exact = Selection.model_validate({**fields, "min_total": str(amount), "max_total": str(amount)})
        total = await registry.count(exact, MOST_OFFERS_COUNTED)
        offers.append({"amount": amount, "invoices": total, "address": ADDRESS + url_query(rest)})
    return offers


def _sorts(wanted: Asked[InvoiceFilter]) -> dict[str, dict[str, str]]:
    """Return for each order the address that sorts by it, and its present direction for `aria-sort`."""
    found = {}
    for sort in Sort:
        is_here = wanted.filters.sort is sort
        first = _FIRST_ORDERS.get(sort, Order.ASC)
        turned = Order.ASC if wanted.filters.order is Order.DESC else Order.DESC
        direction = {Order.ASC: "ascending", Order.DESC: "descending"}[wanted.filters.order] if is_here else "none"
        address = ADDRESS + url_query(wanted.with_(sort=sort.value, order=(turned if is_here else first).value))
        found[sort.value] = {"address": address, "direction": direction}
    return found


def _currencies(totals: Any, wanted: Asked[InvoiceFilter]) -> list[str]:
    """Return the currencies to choose from: those of the list, the chosen one, and the usual ones."""
    listed = {each.currency.value for each in totals or ()} | {"UZS", "USD", "EUR", "MYR"}
    return sorted(listed | ({wanted.filters.currency.value} if wanted.filters.currency else set()))


@router.post(f"{ADDRESS}/columns")
async def choose_columns(request: Request, _: PageActorDep, session: SessionDep) -> Response:
    """Remember in this browser which columns the list has; without any, the usual ones are shown again."""
    posted = await request.form(max_files=0, max_fields=len(COLUMNS) + 5)
    response = RedirectResponse(own_page(str(posted.get("back", ADDRESS))), 303)
    chosen = cookie_value([str(each) for each in posted.getlist("column")])
    session.remember(response, COOKIE, chosen)
    return response


@router.get(f"{ADDRESS}.csv")
async def csv_file(
    filters: Annotated[CsvFilter, Query()], _: PageActorDep, registry: RegistryDep, today: TodayDep
) -> Response:
    return await csv_download(registry, filters, today)


@router.get(f"{ADDRESS}.xlsx")
async def xlsx_file(
    filters: Annotated[XlsxFilter, Query()],
    _: PageActorDep,
    registry: RegistryDep,
    zone: IssuerZoneDep,
    today: TodayDep,
) -> Response:
    return await xlsx_download(registry, filters, zone, today)
