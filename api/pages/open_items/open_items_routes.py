"""The page of the open items: sums by currency and age, then the customers or the items that they consist of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Query, Request, Response

from api.deps import NowDep, StateDep
from api.errors import Invalid
from api.invoice.deps import InvoicesDep
from api.pages import actions
from api.pages.languages import N_
from api.pages.lists import PER_PAGE, Asked, Chip, asked, chip
from api.pages.open_items.sorting import Heading, headings
from api.pages.payments.done import money_event
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.pages.words import KINDS
from api.registry.deps import RegistryDep
from api.registry.downloads import open_csv_download, open_xlsx_download
from api.registry.filters import Order
from api.registry.open_filters import (
    CustomerSort,
    OpenCsvFilter,
    OpenCustomerFilter,
    OpenItemFilter,
    OpenSort,
    OpenXlsxFilter,
)
from api.registry.open_items import open_item
from api.registry.queries import Listing, Total
from api.registry.repository import Registry
from api.registry.schemas import CreditTotal, OpenCustomer, OpenTotal
from api.settings.deps import IssuerZoneDep
from models.accounting.ageing import BUCKETS, Age
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import CommandName, Kind
from models.values.period import local_day

router = APIRouter(include_in_schema=False)

ADDRESS = "/open-items"
BY_CUSTOMER, BY_INVOICE = "customers", "invoices"
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "q": N_("Search"),
        "currency": N_("Currency"),
        "kind": N_("Kind"),
        "age": N_("Days late"),
        "customer_key": N_("Client key"),
        "application_key": N_("Contract key"),
    }
)
AGES: Mapping[Age, str] = MappingProxyType(
    {"0": N_("not late"), "1-30": "1–30", "31-60": "31–60", "61-90": "61–90", "90+": "90+"}
)
_FIRST_CUSTOMERS = {
    CustomerSort.BALANCE: Order.DESC,
    CustomerSort.DAYS_LATE: Order.DESC,
    CustomerSort.CUSTOMER_NAME: Order.ASC,
}
_FIRST_ITEMS = {
    OpenSort.DUE_DATE: Order.ASC,
    OpenSort.DAYS_LATE: Order.DESC,
    OpenSort.BALANCE: Order.DESC,
    OpenSort.CUSTOMER_NAME: Order.ASC,
}
EMPTY = Listing(rows=(), total=Total(0), next=None, previous=None)


class Bar(NamedTuple):
    """One part of the bar of a currency."""

    days_late: Age
    amount: Decimal


class CustomersAsked(OpenCustomerFilter):
    view: Literal["customers"] = "customers"


class ItemsAsked(OpenItemFilter):
    view: Literal["invoices"] = "invoices"


@dataclass(frozen=True)
class Shown:
    """What the page shows: the sums of all ages, and one page of either customers or items."""

    totals: Sequence[OpenTotal] = ()
    credits: Sequence[CreditTotal] = ()
    items: Listing = EMPTY
    by_customer: Sequence[OpenCustomer] = ()
    customers: int = 0


@router.get(ADDRESS)
async def open_items_page(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    registry: RegistryDep,
    invoices: InvoicesDep,
    state: StateDep,
    zone: IssuerZoneDep,
    moment: NowDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    done: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the sums of what is owed, and the customers or items behind them."""
    today = local_day(moment, zone)
    is_by_invoice = request.query_params.get("view") == BY_INVOICE
    wanted = _asked(request, page, is_by_invoice=is_by_invoice)
    errors = dict(wanted.errors)
    shown = Shown()
    if not errors:
        try:
            shown = await _shown(registry, wanted, today)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
    return desk.page(
        "open_items/open_items.html.j2",
        status=400 if errors else 200,
        as_of=today,
        asked=wanted,
        errors=errors,
        shown=shown,
        bars={each.currency: [Bar(part.days_late, part.balance) for part in each.ageing] for each in shown.totals},
        is_by_invoice=is_by_invoice,
        rows=[open_item(row, today, state.archive) for row in shown.items.rows],
        buckets=BUCKETS,
        ages=AGES,
        labels=LABELS,
        kinds={kind.value: KINDS[kind] for kind in Kind},
        currencies=_currencies(shown.totals, wanted),
        chips=_chips(desk, wanted),
        is_narrowed=bool(set(wanted.given) - {"view", "sort", "order", "cursor"}),
        rows_of=lambda **fields: _rows_of(wanted, **fields),
        tabs=_tabs(wanted, is_by_invoice=is_by_invoice),
        sorts=_sorts(wanted),
        exports={kind: f"{ADDRESS}.{kind}{url_query(_exported(wanted))}" for kind in ("xlsx", "csv")},
        previous=wanted.at(shown.items.previous) or _page(wanted, page - 1, shown.customers),
        next=wanted.at(shown.items.next) or _page(wanted, page + 1, shown.customers),
        may_record=actor.role.includes(LEAST_ROLE[CommandName.RECORD_PAYMENT]),
        done=await money_event(invoices, done),
        actions=actions,
    )


def _asked(request: Request, page: int, *, is_by_invoice: bool) -> Asked[Any]:
    if is_by_invoice:
        return asked(request.query_params, ItemsAsked, ADDRESS, lists=("age",))
    size = {"per_page": PER_PAGE, "page": page}
    return asked(request.query_params, CustomersAsked, ADDRESS, lists=("age",), per_page=size)


async def _shown(registry: Registry, wanted: Asked[Any], today: date) -> Shown:
    """Return what the page shows. Raise Invalid when the cursor is of another list."""
    filters = wanted.filters
    of_all_ages = filters.selection.model_copy(update={"age": []})
    totals = await registry.open_totals(of_all_ages, today)
    credits = await registry.credits(of_all_ages)
    if isinstance(filters, OpenItemFilter):
        items, _, _ = await registry.open_items(filters, today)
        return Shown(totals, credits, items=items)
    found, customers = await registry.open_customers(filters, today)
    return Shown(totals, credits, by_customer=found, customers=customers)


def _rows_of(wanted: Asked[Any], **fields: Any) -> str:
    """Return the address of the items that a figure consists of."""
    kept = {name: value for name, value in wanted.given.items() if name in LABELS and name != "age"}
    return ADDRESS + url_query({"view": BY_INVOICE, **kept, **fields})


def _tabs(wanted: Asked[Any], *, is_by_invoice: bool) -> list[tuple[str, str, bool]]:
    kept = {name: value for name, value in wanted.given.items() if name in LABELS}
    return [
        (N_("By client"), ADDRESS + url_query(kept), not is_by_invoice),
        (N_("By invoice"), ADDRESS + url_query({"view": BY_INVOICE, **kept}), is_by_invoice),
    ]


def _sorts(wanted: Asked[Any]) -> dict[str, Heading]:
    filters = wanted.filters
    if isinstance(filters, OpenItemFilter):
        return headings(wanted, OpenSort, filters.sort, filters.used_order, _FIRST_ITEMS)
    return headings(wanted, CustomerSort, filters.sort, filters.used_order, _FIRST_CUSTOMERS)


def _chips(desk: Desk, wanted: Asked[Any]) -> list[Chip]:
    words: Mapping[str, Mapping[Any, str]] = {"kind": KINDS, "age": AGES}
    return [each for name, label in LABELS.items() for each in chip(desk, wanted, name, label, words.get(name))]


def _exported(wanted: Asked[Any]) -> dict[str, Any]:
    """Return the query of the files: the filters of the page, and the order of its items."""
    left_out = {"view"} if isinstance(wanted.filters, OpenItemFilter) else {"view", "sort", "order"}
    return {name: value for name, value in wanted.with_().items() if name not in left_out}


def _page(wanted: Asked[Any], number: int, customers: int) -> str | None:
    is_there = number >= 1 and (number - 1) * PER_PAGE < customers
    return ADDRESS + url_query(wanted.with_(page=number)) if is_there else None


def _currencies(totals: Sequence[OpenTotal], wanted: Asked[Any]) -> list[str]:
    chosen = wanted.given.get("currency")
    return sorted({each.currency.value for each in totals} | ({chosen} if chosen else set()))


@router.get(f"{ADDRESS}.csv")
async def csv_file(
    filters: Annotated[OpenCsvFilter, Query()],
    _: PageActorDep,
    registry: RegistryDep,
    zone: IssuerZoneDep,
    moment: NowDep,
) -> Response:
    return await open_csv_download(registry, filters, local_day(moment, zone))


@router.get(f"{ADDRESS}.xlsx")
async def xlsx_file(
    filters: Annotated[OpenXlsxFilter, Query()],
    _: PageActorDep,
    registry: RegistryDep,
    zone: IssuerZoneDep,
    moment: NowDep,
) -> Response:
    return await open_xlsx_download(registry, filters, zone, local_day(moment, zone))
