"""Routes of the registry: pages of invoices, open items, and files. They need only PostgreSQL."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.access.deps import require_role
from api.deps import NowDep, StateDep, TodayDep
from api.errors import NotFound
from api.http.envelopes import Envelope, ListMeta, ListPage, Meta
from api.http.error_responses import errors
from api.http.file_exports import CSV, XLSX
from api.http.neighbours import Neighbours
from api.registry.deps import RegistryDep
from api.registry.downloads import csv_download, open_csv_download, open_xlsx_download, xlsx_download
from api.registry.filters import CsvFilter, InvoiceFilter, Selection, SortedSelection, XlsxFilter
from api.registry.open_filters import OpenCsvFilter, OpenCustomerFilter, OpenItemFilter, OpenXlsxFilter
from api.registry.open_items import open_item
from api.registry.queries import Listing
from api.registry.schemas import InvoiceSummary, OpenCustomers, OpenItems
from api.registry.views import Totals, ViewCount
from api.settings.deps import IssuerZoneDep
from models.access.roles import READING
from models.values.period import local_day

router = APIRouter(tags=["registry"], dependencies=[Depends(require_role(READING, "reading"))])


@router.get("/invoices", summary="List invoices, the newest first", responses=errors(400, 401, 503))
async def list_invoices(
    filters: Annotated[InvoiceFilter, Query()], registry: RegistryDep, state: StateDep
) -> ListPage[InvoiceSummary]:
    """Use `cursor` to read all pages without gaps, and `page` to jump. When `total_is_exact` is false, `total` is a
    lower bound."""
    found = await registry.invoices(filters)
    rows = [InvoiceSummary.of(row, state.archive) for row in found.rows]
    return ListPage(data=rows, meta=_meta(filters, found))


@router.get("/invoices/open-items", summary="Open balances, the first due first", responses=errors(400, 401, 503))
async def list_open_items(
    filters: Annotated[OpenItemFilter, Query()],
    registry: RegistryDep,
    zone: IssuerZoneDep,
    moment: NowDep,
    state: StateDep,
) -> OpenItems:
    """Returns the invoices that were sent and are not paid, with sums by currency and by days late.

    `credits` has the clients' money that covers no invoice.
    """
    today = local_day(moment, zone)
    found, totals, credits = await registry.open_items(filters, today)
    items = [open_item(row, today, state.archive) for row in found.rows]
    return OpenItems(data=items, meta=_meta(filters, found), as_of=today, totals=totals, credits=credits)


@router.get("/invoices/open-items/customers", summary="What each customer owes", responses=errors(400, 401, 503))
async def list_open_customers(
    filters: Annotated[OpenCustomerFilter, Query()], registry: RegistryDep, zone: IssuerZoneDep, moment: NowDep
) -> OpenCustomers:
    """Returns the open balances by currency and customer, with a bucket for each age. Currencies follow one another."""
    today = local_day(moment, zone)
    found, customers = await registry.open_customers(filters, today)
    meta = Meta(total=customers, page=filters.page, per_page=filters.per_page)
    return OpenCustomers(data=found, meta=meta, as_of=today)


@router.get(
    "/invoices/open-items.csv",
    summary="The open items as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 503)},
)
async def export_open_csv(
    filters: Annotated[OpenCsvFilter, Query()], registry: RegistryDep, zone: IssuerZoneDep, moment: NowDep
) -> StreamingResponse:
    """Returns all open items that match with their days late, as the file of the registry has them."""
    return await open_csv_download(registry, filters, local_day(moment, zone))


@router.get(
    "/invoices/open-items.xlsx",
    summary="The open items for Excel",
    response_class=StreamingResponse,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}, **errors(400, 401, 503)},
)
async def export_open_xlsx(
    filters: Annotated[OpenXlsxFilter, Query()], registry: RegistryDep, zone: IssuerZoneDep, moment: NowDep
) -> StreamingResponse:
    """Returns at most 50,000 open items; the CSV has no limit."""
    return await open_xlsx_download(registry, filters, zone, local_day(moment, zone))


@router.get("/invoices/views", summary="The views of the registry, with counts", responses=errors(401, 503))
async def list_views(registry: RegistryDep) -> Envelope[list[ViewCount]]:
    """Returns the lists that people open most, such as the late invoices: their filters, and how many match."""
    return Envelope(data=await registry.views())


@router.get("/invoices/totals", summary="Sums of the matching invoices", responses=errors(400, 401, 503))
async def sum_invoices(filters: Annotated[Selection, Query()], registry: RegistryDep) -> Envelope[Totals]:
    """Returns the sums by currency of all invoices that match, whatever page of the list is read. `totals` is null when
    more than 10,000 match."""
    return Envelope(data=Totals(totals=await registry.totals(filters)))


@router.get(
    "/invoices/{invoice_id}/neighbours",
    summary="The invoices before and after one in a list",
    responses=errors(400, 401, 404, 503),
)
async def list_neighbours(
    invoice_id: str, filters: Annotated[SortedSelection, Query()], registry: RegistryDep
) -> Envelope[Neighbours]:
    """Returns the ids of the invoices beside this one in the list with these filters and this order. The invoice itself
    need not match the filters: after a command it may have left the list, and its place is still known."""
    found = await registry.neighbours(filters, invoice_id) if invoice_id.isprintable() else None
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return Envelope(data=found)


@router.get(
    "/invoices.csv",
    summary="The registry as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 503)},
)
async def export_csv(
    filters: Annotated[CsvFilter, Query()], registry: RegistryDep, today: TodayDep
) -> StreamingResponse:
    """Returns all matching invoices as they are at one moment. UTF-8, separated by commas, amounts with a point.

    A text that a spreadsheet would read as a formula has an apostrophe in front.
    """
    return await csv_download(registry, filters, today)


@router.get(
    "/invoices.xlsx",
    summary="The registry for Excel",
    response_class=StreamingResponse,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}, **errors(400, 401, 503)},
)
async def export_xlsx(
    filters: Annotated[XlsxFilter, Query()], registry: RegistryDep, zone: IssuerZoneDep, today: TodayDep
) -> StreamingResponse:
    """Returns amounts as numbers and days as dates. A sheet has at most 50,000 invoices; the CSV has no limit."""
    return await xlsx_download(registry, filters, zone, today)


def _meta(filters: InvoiceFilter | OpenItemFilter, found: Listing) -> ListMeta:
    return ListMeta(
        total=found.total.count,
        total_is_exact=found.total.exact,
        page=None if filters.cursor else filters.page,
        per_page=filters.per_page,
        next_cursor=found.next,
        prev_cursor=found.previous,
    )
