"""Routes of the intake: one order, a batch of orders, and orders as CSV."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import Field

from api.deps import NowDep
from api.errors import Conflict, Invalid
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import ConflictDetails, Envelope, FieldError
from api.http.error_responses import Responses, errors
from api.partners.orders.batches import MOST_ROWS, receive_file, receive_list
from api.partners.orders.deps import Editor, OrderWrites, acting
from api.partners.orders.schemas import BatchReport, IntakeResult, OrderView
from api.uploads import CSV, FILE, FORM, UploadRoute, file_of, media_type_of
from models.partners.orders.errors import OrderRefused
from models.partners.orders.intake import OrderIntake, Outcome
from models.settings.csv_sheet import SheetRefused

router = APIRouter(tags=["orders"], route_class=DecimalJsonRoute)
files = APIRouter(route_class=UploadRoute)

SHOWN_ERRORS = 200
_CONTENT = {CSV: {"schema": FILE}, "multipart/form-data": {"schema": FORM}}
_KNOWN: Responses = {200: {"model": Envelope[IntakeResult], "description": "The order was known."}}
_BODY = {"requestBody": {"required": True, "content": _CONTENT}}


@router.post(
    "/orders", status_code=201, summary="Receive an order", responses=_KNOWN | errors(400, 401, 403, 409, 413, 503)
)
async def receive_order(
    intake: OrderIntake, orders: OrderWrites, user: Editor, now: NowDep, response: Response
) -> Envelope[IntakeResult]:
    """Takes a version of an order by the id of the source system: a later version updates it, an equal one is a
    repetition, an older one is ignored. The status is 201 for a new order and 200 for a known one."""
    [received] = await orders.receive([intake], acting(user), now)
    if received.outcome is Outcome.REFUSED:
        raise Conflict(received.message or "", ConflictDetails(reason=OrderRefused.__name__))
    if received.outcome is not Outcome.CREATED:
        response.status_code = 200
    order = OrderView.of(received.change.order) if received.change else None
    return Envelope(data=IntakeResult(outcome=received.outcome, message=received.message, order=order))


@router.post("/orders/batch", summary="Receive many orders", responses=errors(400, 401, 403, 413, 503))
async def receive_orders(
    orders: OrderWrites,
    user: Editor,
    now: NowDep,
    rows: Annotated[list[Any], Field(min_length=1, max_length=MOST_ROWS), Body(alias="orders", embed=True)],
) -> Envelope[BatchReport]:
    """Takes up to 1,000 orders in one transaction. Each row has its own outcome; a wrong row stops no other."""
    return Envelope(data=await receive_list(orders, rows, acting(user), now))


@files.post(
    "/orders.csv", summary="Import orders from CSV", responses=errors(400, 401, 403, 413, 503), openapi_extra=_BODY
)
async def import_orders(
    request: Request,
    orders: OrderWrites,
    user: Editor,
    now: NowDep,
    dry_run: Annotated[bool, Query(description="only report the effect of each row")] = True,
) -> Envelope[BatchReport]:
    """Takes up to 10,000 rows: all are applied, or none if one is wrong. An empty cell leaves its field as it is."""
    content = await request.body() if media_type_of(request) == CSV else (await file_of(request)).content
    try:
        report = await receive_file(orders, content, acting(user, "csv"), now, dry_run=dry_run)
    except SheetRefused as refused:
        raise Invalid.at("file", str(refused)) from refused
    if not dry_run and not report.applied:
        raise _refused(report)
    return Envelope(data=report)


def _refused(report: BatchReport) -> Invalid:
    found = [
        FieldError(path=f"row {row.row}, {error.path}", message=error.message)
        for row in report.rows
        for error in row.errors
    ]
    summary = f"Nothing was imported, because {report.counts['invalid']} of {len(report.rows)} rows have errors."
    return Invalid(f"{summary} {found[0].path}: {found[0].message}", found[:SHOWN_ERRORS])


router.include_router(files)
