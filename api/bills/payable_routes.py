"""Routes of payables: the list, one payable with its log and lines, ageing, and the commands of people."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from api.access.deps import Actor, require_role
from api.bills.payables.deps import IssuerDay, PayableReads, PayableWrites
from api.bills.payables.filters import PayableQuery, PayableSelection
from api.bills.payables.repository import Payables
from api.bills.payables.schemas import (
    PayableAgeing,
    PayableDetail,
    PayableLinePage,
    PayableLineView,
    PayablePage,
    PayableSums,
    PayableView,
)
from api.deps import NowDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.neighbours import Neighbours
from models.access.roles import READING
from models.bills.payable import (
    LEAST_ROLE,
    AnyPayableCommand,
    ApprovePayable,
    LockPayable,
    MarkPayablePaid,
    PayableActor,
    PayableCommandName,
    SchedulePayable,
    UnlockPayable,
)
from models.values.base_models import Strict
from models.values.typed_values import WholeParameter

router = APIRouter(prefix="/payables", tags=["payables"], route_class=DecimalJsonRoute)

CHANGE = errors(400, 401, 403, 404, 409, 413, 503)

Name = PayableCommandName
Reader = Annotated[Actor, Depends(require_role(READING, "reading"))]
Editor = Annotated[Actor, Depends(require_role(LEAST_ROLE[Name.APPROVE], "approving and scheduling payables"))]
Payer = Annotated[Actor, Depends(require_role(LEAST_ROLE[Name.MARK_PAID], "marking payables as paid"))]
Locker = Annotated[Actor, Depends(require_role(LEAST_ROLE[Name.LOCK], "locking payables"))]
PayableId = Annotated[str, Path(min_length=1, max_length=100, examples=["5f1d3c9e-2d0c-4b44-9f0a-7f4f5a1c0b9e"])]


class AgeingQuery(Strict):
    """Whose payables: those of all tenants, or of one."""

    tenant_id: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class LineQuery(Strict):
    """Which lines."""

    after: WholeParameter = Field(default=0, ge=0, le=1_000_000, description="the position to continue after")
    per_page: WholeParameter = Field(default=100, ge=1, le=1000)


@router.get("", summary="List payables, the ones due first first", responses=errors(400, 401, 503))
async def list_payables(
    query: Annotated[PayableQuery, Query()], payables: PayableReads, today: IssuerDay, _: Reader
) -> PayablePage:
    """Use `cursor` to read all pages without gaps."""
    found = await payables.page(query.selection, today, query.position, query.per_page + 1)
    shown = found[: query.per_page]
    following = query.cursor_after(shown[-1]) if len(found) > len(shown) else None
    return PayablePage(data=[PayableView.of(payable) for payable in shown], next_cursor=following)


@router.get("/totals", summary="The sums of payables by currency", responses=errors(400, 401, 503))
async def sum_payables(
    selection: Annotated[PayableSelection, Query()], payables: PayableReads, today: IssuerDay, _: Reader
) -> Envelope[PayableSums]:
    """Of all payables that match the filters of the list."""
    return Envelope(data=PayableSums(totals=await payables.sums(selection, today)))


@router.get("/ageing", summary="Unpaid payables by how late they are", responses=errors(400, 401, 503))
async def payable_ageing(
    query: Annotated[AgeingQuery, Query()], payables: PayableReads, today: IssuerDay, _: Reader
) -> Envelope[PayableAgeing]:
    """By currency, and by the days after the due date, which itself is not late."""
    return Envelope(data=PayableAgeing.of(await payables.ageing(query.tenant_id, today), today))


@router.get("/{payable_id}", summary="One payable with its log", responses=errors(400, 401, 404, 503))
async def get_payable(payable_id: PayableId, payables: PayableReads, _: Reader) -> Envelope[PayableDetail]:
    payable = await payables.read(payable_id)
    return Envelope(data=PayableDetail(payable=PayableView.of(payable), log=await payables.log(payable_id)))


@router.get(
    "/{payable_id}/neighbours",
    summary="The payables before and after one in a list",
    responses=errors(400, 401, 404, 503),
)
async def payable_neighbours(
    payable_id: PayableId,
    selection: Annotated[PayableSelection, Query()],
    payables: PayableReads,
    today: IssuerDay,
    _: Reader,
) -> Envelope[Neighbours]:
    """Returns the ids of the payables beside this one in the list with these filters, also when the payable itself has
    left the list."""
    payable = await payables.read(payable_id)
    return Envelope(data=Neighbours.of(await payables.beside(payable, selection, today)))


@router.get("/{payable_id}/lines", summary="The lines of a payable", responses=errors(400, 401, 404, 503))
async def list_payable_lines(
    payable_id: PayableId, query: Annotated[LineQuery, Query()], payables: PayableReads, _: Reader
) -> PayableLinePage:
    """In their order. Use `after` with the `next_after` of the page before."""
    await payables.read(payable_id)
    found = await payables.lines(payable_id, query.after, query.per_page + 1)
    shown = [PayableLineView(position=position, **line.model_dump()) for position, line in found[: query.per_page]]
    return PayableLinePage(data=shown, next_after=shown[-1].position if len(found) > len(shown) else None)


@router.post("/{payable_id}/approve", summary="Approve a payable for payment", responses=CHANGE)
async def approve_payable(
    payable_id: PayableId, command: ApprovePayable, payables: PayableWrites, user: Editor, now: NowDep, day: IssuerDay
) -> Envelope[PayableView]:
    """An import that changes the money takes the approval back."""
    return await _changed(payables, payable_id, command, user, now, day)


@router.post("/{payable_id}/schedule", summary="Schedule the payment", responses=CHANGE)
async def schedule_payable(
    payable_id: PayableId, command: SchedulePayable, payables: PayableWrites, user: Editor, now: NowDep, day: IssuerDay
) -> Envelope[PayableView]:
    return await _changed(payables, payable_id, command, user, now, day)


@router.post("/{payable_id}/mark-paid", summary="Record the payment", responses=CHANGE)
async def mark_payable_paid(
    payable_id: PayableId, command: MarkPayablePaid, payables: PayableWrites, user: Payer, now: NowDep, day: IssuerDay
) -> Envelope[PayableView]:
    return await _changed(payables, payable_id, command, user, now, day)


@router.post("/{payable_id}/lock", summary="Lock the amount against imports", responses=CHANGE)
async def lock_payable(
    payable_id: PayableId, command: LockPayable, payables: PayableWrites, user: Locker, now: NowDep, day: IssuerDay
) -> Envelope[PayableView]:
    """An import that would change the money is then refused with 409. The payment goes on."""
    return await _changed(payables, payable_id, command, user, now, day)


@router.post("/{payable_id}/unlock", summary="End the lock of a payable", responses=CHANGE)
async def unlock_payable(
    payable_id: PayableId, command: UnlockPayable, payables: PayableWrites, user: Locker, now: NowDep, day: IssuerDay
) -> Envelope[PayableView]:
    return await _changed(payables, payable_id, command, user, now, day)


async def _changed(
    payables: Payables, payable_id: str, command: AnyPayableCommand, user: Actor, now: NowDep, today: date
) -> Envelope[PayableView]:
    actor = PayableActor(name=user.username, role=user.role, source="api")
    return Envelope(data=PayableView.of(await payables.change(payable_id, command, actor, now, today)))
