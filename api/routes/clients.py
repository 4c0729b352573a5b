"""The contracts that can be invoiced, as ClickHouse has them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.bodies import ClientFilter
from api.deps import OfficeDep, at_least
from api.documented import errors
from api.envelopes import Meta, Page
from api.rows import ClientView
from models.permissions import READING
from models.ports import ContractQuery
from workflows import requests

router = APIRouter(prefix="/clients", tags=["clients"])


@router.get(
    "",
    summary="List the active contracts",
    responses=errors(400, 401, 500, 503),
    dependencies=[Depends(at_least(READING, "reading"))],
)
async def list_clients(wanted: Annotated[ClientFilter, Query()], office: OfficeDep) -> Page[ClientView]:
    query = ContractQuery(search=wanted.search, page=wanted.page, per_page=wanted.per_page)
    found = await requests.list_clients(await office.temporal.client(), query)
    return Page(
        data=[ClientView.of(client) for client in found.items],
        meta=Meta(total=found.total, page=wanted.page, per_page=wanted.per_page),
    )
