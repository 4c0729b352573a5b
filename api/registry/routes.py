"""The registry: pages of invoices, what is owed, and both as files. It needs PostgreSQL and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.access.deps import require_role
from api.deps import NowDep, TodayDep
from api.errors import Invalid
from api.http.envelopes import ListMeta, ListPage
from api.http.error_responses import errors
from api.registry import exports
from api.registry.deps import RegistryDep
from api.registry.filters import CsvFilter, InvoiceFilter, OpenItemFilter, XlsxFilter
from api.registry.open_items import open_item
from api.registry.queries import Listing
from api.registry.schemas import InvoiceSummary, OpenItems
from api.settings.deps import IssuerZoneDep
from models.access.roles import READING
from models.values.period import local_day

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_SHEET = 50_000

router = APIRouter(tags=["registry"], dependencies=[Depends(require_role(READING, "reading"))])


@router.get("/invoices", summary="List invoices, the newest first", responses=errors(400, 401, 503))
async def list_invoices(wanted: Annotated[InvoiceFilter, Query()], registry: RegistryDep) -> ListPage[InvoiceSummary]:
    """Page by `cursor` where every row counts; `page` is for jumping. `total` may be a lower bound, and says so."""
    found = await registry.invoices(wanted)
    return ListPage(data=[InvoiceSummary(**row) for row in found.rows], meta=_meta(wanted, found))


@router.get("/invoices/open-items", summary="What is owed, the most urgent first", responses=errors(400, 401, 503))
async def list_open_items(
    wanted: Annotated[OpenItemFilter, Query()], registry: RegistryDep, zone: IssuerZoneDep, moment: NowDep
) -> OpenItems:
    """Invoices that were sent and are not paid, with the sums by currency and by how late they are today."""
    today = local_day(moment, zone)
    found, totals = await registry.open_items(wanted, today)
    items = [open_item(row, today) for row in found.rows]
    return OpenItems(data=items, meta=_meta(wanted, found), as_of=today, totals=totals)


@router.get(
    "/invoices.csv",
    summary="The registry as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 503)},
)
async def export_csv(
    wanted: Annotated[CsvFilter, Query()], registry: RegistryDep, today: TodayDep
) -> StreamingResponse:
    """All that the filters leave, however many, as of one moment. UTF-8, commas, amounts with a point.

    A text that a spreadsheet would take for a formula has an apostrophe in front.
    """
    text = exports.csv_text(registry.export(wanted), bom=wanted.bom)
    begun = await anext(text)  # so that a failure to begin is an answer of its own

    async def whole() -> AsyncIterator[str]:
        yield begun
        async for chunk in text:
            yield chunk

    return StreamingResponse(whole(), media_type=CSV, headers=_attached(f"invoices-{today}.csv"))


@router.get(
    "/invoices.xlsx",
    summary="The registry for Excel",
    response_class=StreamingResponse,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}, **errors(400, 401, 503)},
)
async def export_xlsx(
    wanted: Annotated[XlsxFilter, Query()], registry: RegistryDep, zone: IssuerZoneDep, today: TodayDep
) -> StreamingResponse:
    """Amounts are numbers, days are dates. A sheet has 50,000 invoices at the most; the CSV has no limit."""
    total = await registry.count(wanted, LARGEST_SHEET)
    if not total.exact or total.count > LARGEST_SHEET:
        raise _too_many()
    sheet = await asyncio.to_thread(exports.Sheet, zone)
    async with aclosing(registry.export(wanted)) as batches:
        async for batch in batches:
            await asyncio.to_thread(sheet.append, batch)
            if sheet.rows > LARGEST_SHEET:
                break
    file = await asyncio.to_thread(sheet.saved)
    if sheet.rows > LARGEST_SHEET:  # some came in since they were counted
        file.close()
        raise _too_many()
    return StreamingResponse(exports.chunks(file), media_type=XLSX, headers=_attached(f"invoices-{today}.xlsx"))


def _meta(wanted: InvoiceFilter | OpenItemFilter, found: Listing) -> ListMeta:
    return ListMeta(
        total=found.total.count,
        total_is_exact=found.total.exact,
        page=None if wanted.cursor else wanted.page,
        per_page=wanted.per_page,
        next_cursor=found.next,
        prev_cursor=found.previous,
    )


def _attached(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


def _too_many() -> Invalid:
    return Invalid.said(
        f"A sheet has {LARGEST_SHEET:,} invoices at the most, and these are more; narrow them by period, status or "
        "customer, or take /api/v1/invoices.csv, which has no limit."
    )
