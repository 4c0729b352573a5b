"""The pages of contracts. ClickHouse has them; when it does not answer, each page says so and shows what it can."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from starlette.datastructures import QueryParams

from api.contracts.filters import ClientFilter
from api.contracts.invoicing import ContractInvoicesDep
from api.contracts.listing import client_list, clients_beside, worklog_list
from api.contracts.schemas import ClientDetailView, ClientList
from api.deps import StateDep, TodayDep
from api.http.envelopes import Meta
from api.http.parameters import Key
from api.pages.clients import wording
from api.pages.languages import N_
from api.pages.list_place import DeskList
from api.pages.lists import PER_PAGE, Asked, Chip, chip, pages
from api.pages.periods import AskedPeriod, asked_period
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.pages.words import DEALS
from api.reads import ReadsDep
from api.registry.deps import RegistryDep
from api.registry.filters import InvoiceFilter
from api.registry.schemas import InvoiceSummary
from api.settings.deps import SettingsStoreDep
from api.settings.repositories import CLIENT_CONFIGS, RATE_BOOKS
from models.access.roles import DRAFTING
from models.billing.period_state import PeriodState
from models.contracts.contract import DealType
from models.contracts.settings import RateBook
from models.values.failure_codes import Failure
from models.values.money import Currency, hours
from models.values.period import Period
from workflows.client.errors import RequestFailed

router = APIRouter(prefix="/clients", include_in_schema=False)

ADDRESS = "/clients"
SHOWN_INVOICES = 12
CLIENTS = DeskList(ADDRESS, N_("Clients"), ClientFilter)
USUAL_CURRENCIES = (Currency.UZS, Currency.USD, Currency.EUR)
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "search": N_("Search"),
        "deal_type": N_("Deal type"),
        "currency": N_("Currency"),
        "period": N_("Period"),
        "state": N_("State of the period"),
    }
)
# ClickHouse does not answer; a page says so and shows what does not need it.
_DOWN = frozenset({Failure.WAREHOUSE_UNAVAILABLE, Failure.WAREHOUSE_TIMEOUT, Failure.NO_ANSWER})


@router.get("")
async def clients_page(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    reads: ReadsDep,
    invoices: ContractInvoicesDep,
    today: TodayDep,
) -> Response:
    """Show the active contracts, and how far each is invoiced for a month."""
    wanted = CLIENTS.asked(request.query_params)
    period = wanted.filters.invoiced_period(today) or Period.before(today)
    filters = wanted.filters.model_copy(update={"period": period.label})
    found = ClientList(data=[], meta=Meta(total=0, page=1, per_page=PER_PAGE), unreadable=[])
    down = None
    if not wanted.errors:
        try:
            found = await client_list(filters, reads, invoices, today)
        except RequestFailed as error:
            down = down_message(error)
    before, after = pages(wanted, filters.page, found.meta.total)
    return desk.page(
        "clients/clients.html.j2",
        status=400 if wanted.errors else 503 if down else 200,
        found=found,
        asked=wanted,
        errors=wanted.errors,
        down=down,
        period=period,
        chips=_chips(desk, wanted),
        row_query=CLIENTS.row_query(wanted),
        labels=LABELS,
        deal_types=list(DealType),
        currencies=_currencies(wanted),
        states=list(PeriodState),
        wording=wording,
        may_draft=actor.role.includes(DRAFTING),
        previous=before,
        next=after,
    )


@router.get("/{application_key}")
async def client_page(
    application_key: Annotated[Key, Path()],
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    reads: ReadsDep,
    invoices: ContractInvoicesDep,
    registry: RegistryDep,
    store: SettingsStoreDep,
    state: StateDep,
    today: TodayDep,
) -> Response:
    """Show a contract: its terms and contacts, the worklogs of a period as they are billed, and its invoices."""
    wanted = CLIENTS.came_from(desk.listed)
    chosen = _period(request.query_params, wanted, today)
    number = request.query_params.get("page", "")
    page = max(int(number), 1) if number.isdecimal() and len(number) < 6 else 1
    client, worklogs, down, place = None, None, None, None
    try:
        client = ClientDetailView.of(await reads.client(application_key))
        if wanted:
            beside = await clients_beside(application_key, wanted.filters, reads, invoices, today)
            place = CLIENTS.place(wanted, application_key, beside)
        worklogs = await worklog_list(application_key, chosen.period, page, PER_PAGE, reads)
    except RequestFailed as error:
        if error.code == Failure.APPLICATION_NOT_FOUND:
            raise
        down = error.message if error.code == Failure.DRAFT_REFUSED else down_message(error)
    listing = await registry.invoices(InvoiceFilter(application_key=application_key, per_page=SHOWN_INVOICES))
    book = await store.one(RATE_BOOKS, application_key) or RateBook()
    return desk.page(
        "clients/client.html.j2",
        key=application_key,
        place=place,
        client=client,
        worklogs=worklogs,
        down=down,
        chosen=chosen,
        page=page,
        per_page=PER_PAGE,
        invoicing=(await invoices.of([application_key], chosen.period))[application_key],
        invoices=[InvoiceSummary.of(row, state.archive) for row in listing.rows],
        more_invoices=listing.next is not None,
        rules=tuple(reversed(book.rules)),
        config=await store.one(CLIENT_CONFIGS, application_key),
        wording=wording,
        hours_of=hours,
        may_draft=actor.role.includes(DRAFTING),
    )


def _period(query: QueryParams, wanted: Asked[ClientFilter] | None, today: date) -> AskedPeriod:
    """Return the period that the address names, or else the month of the list that one came from."""
    is_named = any(query.get(name) for name in ("period", "from", "to"))
    if is_named or wanted is None or wanted.filters.period is None:
        return asked_period(query, today)
    return asked_period(QueryParams({"period": wanted.filters.period}), today)


def down_message(error: RequestFailed) -> str:
    """Return what to tell while ClickHouse does not answer. Raise the error if it is another one."""
    if error.code not in _DOWN:
        raise error
    return error.message


def _chips(desk: Desk, wanted: Asked[ClientFilter]) -> list[Chip]:
    named: Mapping[str, Mapping[Any, str] | None] = {
        "search": None,
        "deal_type": DEALS,
        "currency": None,
        "state": wording.STATES,
    }
    return [each for name, words in named.items() for each in chip(desk, wanted, name, LABELS[name], words)]


def _currencies(wanted: Asked[ClientFilter]) -> list[str]:
    chosen = wanted.filters.currency
    return sorted({each.value for each in (*USUAL_CURRENCIES, *((chosen,) if chosen else ()))})
