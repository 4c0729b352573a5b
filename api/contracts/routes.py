"""Routes of contracts, as ClickHouse has them: the list, one contract in full, and its worklogs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.access.deps import require_role
from api.contracts.filters import ClientFilter, WorklogFilter
from api.contracts.schemas import (
    ClientDetailView,
    ClientList,
    ClientView,
    UnreadableClientView,
    WorklogList,
    WorklogView,
    worklog_totals,
)
from api.http.envelopes import Envelope, Meta
from api.http.error_responses import errors
from api.http.parameters import Key
from api.reads import ReadsDep
from models.access.roles import READING
from models.contracts.ports import ContractQuery, WorklogQuery

router = APIRouter(prefix="/clients", tags=["clients"], dependencies=[Depends(require_role(READING, "reading"))])

KeyInPath = Annotated[Key, Path(examples=["APP-001"])]


@router.get("", summary="List the active contracts", responses=errors(400, 401, 500, 503))
async def list_clients(filters: Annotated[ClientFilter, Query()], reads: ReadsDep) -> ClientList:
    query = ContractQuery(search=filters.search, page=filters.page, per_page=filters.per_page)
    found = await reads.clients(query)
    return ClientList(
        data=[ClientView.of(client) for client in found.items],
        meta=Meta(total=found.total, page=filters.page, per_page=filters.per_page),
        unreadable=[UnreadableClientView(**each.model_dump()) for each in found.unreadable],
    )


@router.get("/{application_key}", summary="One contract with its customer", responses=errors(400, 401, 404, 500, 503))
async def get_client(application_key: KeyInPath, reads: ReadsDep) -> Envelope[ClientDetailView]:
    """Returns the contract, active or not."""
    found = await reads.client(application_key)
    return Envelope(data=ClientDetailView.of(found))


@router.get("/{application_key}/worklogs", summary="Worklogs of a contract", responses=errors(400, 401, 404, 500, 503))
async def list_worklogs(
    application_key: KeyInPath, filters: Annotated[WorklogFilter, Query()], reads: ReadsDep
) -> WorklogList:
    """Returns the worklogs by day and start. Tier and billable time follow the rule of the period's last day."""
    period = filters.period
    query = WorklogQuery(application_key=application_key, period=period, page=filters.page, per_page=filters.per_page)
    found = await reads.worklogs(query)
    return WorklogList(
        data=[WorklogView.of(worklog) for worklog in found.items],
        meta=Meta(total=found.total, page=filters.page, per_page=filters.per_page),
        totals=worklog_totals(found),
        rate_rule="contract" if found.has_own_rule else "default",
    )
