"""Routes of contracts, as ClickHouse has them: the list, one contract in full, and its worklogs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.access.deps import require_role
from api.contracts.filters import ClientFilter, ClientSelection, WorklogFilter
from api.contracts.invoicing import ContractInvoicesDep
from api.contracts.listing import client_list, clients_beside, worklog_list
from api.contracts.schemas import ClientDetailView, ClientList, WorklogList
from api.deps import TodayDep
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.neighbours import Neighbours
from api.http.parameters import Key
from api.reads import ReadsDep
from models.access.roles import READING

router = APIRouter(prefix="/clients", tags=["clients"], dependencies=[Depends(require_role(READING, "reading"))])

KeyInPath = Annotated[Key, Path(examples=["APP-001"])]


@router.get("", summary="List the active contracts", responses=errors(400, 401, 500, 503))
async def list_clients(
    filters: Annotated[ClientFilter, Query()], reads: ReadsDep, invoices: ContractInvoicesDep, today: TodayDep
) -> ClientList:
    """With `period` or `state`, each contract has its invoice for that month and its newest invoice."""
    return await client_list(filters, reads, invoices, today)


@router.get("/{application_key}", summary="One contract with its customer", responses=errors(400, 401, 404, 500, 503))
async def get_client(application_key: KeyInPath, reads: ReadsDep) -> Envelope[ClientDetailView]:
    """Returns the contract, active or not."""
    found = await reads.client(application_key)
    return Envelope(data=ClientDetailView.of(found))


@router.get(
    "/{application_key}/neighbours",
    summary="The contracts before and after one in a list",
    responses=errors(400, 401, 404, 500, 503),
)
async def client_neighbours(
    application_key: KeyInPath,
    filters: Annotated[ClientSelection, Query()],
    reads: ReadsDep,
    invoices: ContractInvoicesDep,
    today: TodayDep,
) -> Envelope[Neighbours]:
    """Returns the keys of the active contracts beside this one in the list with these filters, also when it has left
    the list, for example because it has been invoiced."""
    await reads.client(application_key)
    return Envelope(data=Neighbours.of(await clients_beside(application_key, filters, reads, invoices, today)))


@router.get("/{application_key}/worklogs", summary="Worklogs of a contract", responses=errors(400, 401, 404, 500, 503))
async def list_worklogs(
    application_key: KeyInPath, filters: Annotated[WorklogFilter, Query()], reads: ReadsDep
) -> WorklogList:
    """Returns the worklogs by day and start. Tier and billable time follow the rule of the period's last day."""
    return await worklog_list(application_key, filters.period, filters.page, filters.per_page, reads)
