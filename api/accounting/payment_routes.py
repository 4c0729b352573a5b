"""Routes of the payments of all invoices. They need only PostgreSQL."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.access.deps import require_role
from api.accounting.deps import PaymentReadsDep
from api.accounting.payment_files import payment_csv, payment_xlsx
from api.accounting.payment_filters import PaymentCsvFilter, PaymentFilter, PaymentXlsxFilter
from api.accounting.payment_schemas import Payments
from api.deps import TodayDep
from api.http.error_responses import errors
from api.http.file_exports import CSV, XLSX
from api.settings.deps import IssuerZoneDep
from models.access.roles import READING

router = APIRouter(tags=["payments"], dependencies=[Depends(require_role(READING, "reading"))])


@router.get("/payments", summary="Payments of all invoices, the newest day first", responses=errors(400, 401, 503))
async def list_payments(filters: Annotated[PaymentFilter, Query()], payments: PaymentReadsDep) -> Payments:
    """Returns also those that were taken back. Use `cursor` to read all pages without gaps."""
    found, following = await payments.page(filters)
    return Payments(data=found, next_cursor=following, totals=await payments.totals(filters))


@router.get(
    "/payments.csv",
    summary="The payments as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 503)},
)
async def export_payments_csv(
    filters: Annotated[PaymentCsvFilter, Query()], payments: PaymentReadsDep, today: TodayDep
) -> StreamingResponse:
    """Returns all payments that match, as they are at one moment, in the form of the registry's file."""
    return await payment_csv(payments, filters, today)


@router.get(
    "/payments.xlsx",
    summary="The payments for Excel",
    response_class=StreamingResponse,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}, **errors(400, 401, 503)},
)
async def export_payments_xlsx(
    filters: Annotated[PaymentXlsxFilter, Query()], payments: PaymentReadsDep, zone: IssuerZoneDep, today: TodayDep
) -> StreamingResponse:
    """Returns at most 50,000 payments; the CSV has no limit."""
    return await payment_xlsx(payments, filters, zone, today)
