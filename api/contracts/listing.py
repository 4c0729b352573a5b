"""The list of contracts, and the worklogs of one: what the routes of the API and the pages of the desk answer."""

from datetime import date

from activities.database.neighbours import Beside
from api.contracts.filters import ClientFilter, ClientSelection
from api.contracts.invoicing import ContractInvoices
from api.contracts.schemas import (
    ClientList,
    ClientView,
    UnreadableClientView,
    WorklogList,
    WorklogView,
    worklog_totals,
)
from api.http.envelopes import Meta
from api.reads import Reads
from models.billing.period_state import PeriodState
from models.contracts.ports import ContractSearch, WorklogQuery
from models.values.period import Period


async def client_list(filters: ClientFilter, reads: Reads, invoices: ContractInvoices, today: date) -> ClientList:
    """Return a page of the active contracts, with their invoices where the filters name a period."""
    period = filters.invoiced_period(today)
    search = await _search(filters, invoices, today)
    found = await reads.clients(search.model_copy(update={"page": filters.page, "per_page": filters.per_page}))
    keys = [each.contract.application_key for each in found.items]
    invoicing = await invoices.of(keys, period) if period and keys else {}
    return ClientList(
        data=[ClientView.of(each, invoicing.get(each.contract.application_key)) for each in found.items],
        meta=Meta(total=found.total, page=filters.page, per_page=filters.per_page),
        unreadable=[UnreadableClientView(**each.model_dump()) for each in found.unreadable],
    )


async def clients_beside(
    application_key: str, filters: ClientSelection, reads: Reads, invoices: ContractInvoices, today: date
) -> Beside:
    """Return the keys of the contracts before and after this one in the list, which it may have left."""
    return await reads.clients_beside(application_key, await _search(filters, invoices, today))


async def _search(filters: ClientSelection, invoices: ContractInvoices, today: date) -> ContractSearch:
    """Return the search for the first page of the contracts that match."""
    search = ContractSearch(search=filters.search, deal_type=filters.deal_type, currency=filters.currency)
    named = await _named(filters.state, filters.invoiced_period(today), invoices)
    return search.model_copy(update=named)


async def _named(
    state: PeriodState | None, period: Period | None, invoices: ContractInvoices
) -> dict[str, frozenset[str]]:
    """Return the keys to choose from, or those to leave out, for the state of the period."""
    if state is None or period is None:
        return {}
    states = await invoices.states(period)
    if state is PeriodState.NONE:
        return {"without": frozenset(states)}
    return {"only": frozenset(key for key, each in states.items() if each is state)}


async def worklog_list(application_key: str, period: Period, page: int, per_page: int, reads: Reads) -> WorklogList:
    """Return a page of the contract's worklogs of the period, with the sums of all of them."""
    query = WorklogQuery(application_key=application_key, period=period, page=page, per_page=per_page)
    found = await reads.worklogs(query)
    return WorklogList(
        data=[WorklogView.of(worklog) for worklog in found.items],
        meta=Meta(total=found.total, page=page, per_page=per_page),
        totals=worklog_totals(found),
        rate_rule="contract" if found.has_own_rule else "default",
    )
