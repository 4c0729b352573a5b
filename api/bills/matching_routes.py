"""Routes of resource matches, what persons settle about them, allocations, and anomalies."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from api.access.deps import Actor, require_role
from api.bills.calls.matches import forget_key, match_newest, settle_key, version_of
from api.bills.deps import Costs, LongReads
from api.bills.matching_repository import CostRepository
from api.bills.matching_schemas import (
    AllocationQuery,
    AllocationsView,
    AllocationView,
    AnomaliesView,
    MatchedView,
    MatchQuery,
    MatchView,
    SettledKey,
    SettledNow,
    SettledQuery,
    SettledView,
    Settlement,
    TargetSum,
    TracedLine,
    TracedLines,
    TraceQuery,
    UnmatchedQuery,
    UnmatchedView,
    VersionQuery,
)
from api.deps import StateDep
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Meta, Page
from api.http.error_responses import errors
from api.settings.deps import SettingsStoreDep
from models.access.roles import BOOKING_BILLS, READING
from models.bills.anomalies import AnomalyReport
from models.values.typed_values import AS_RECORDED

router = APIRouter(tags=["bills"], route_class=DecimalJsonRoute)

Reader = Annotated[Actor, Depends(require_role(READING, "reading"))]
Editor = Annotated[Actor, Depends(require_role(BOOKING_BILLS, "changing vendor bills"))]
BillId = Annotated[
    str,
    Path(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=["6d0d6a2e-52a1-5d0b-9a4b-0f9c4d1c7b11"]),
]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="the number of the allocation")]


_READ = errors(400, 401, 404, 503)


@router.get("/vendor-bills/{bill_id}/matches", summary="The resources of a bill", responses=_READ)
async def list_matches(
    bill_id: BillId, query: Annotated[MatchQuery, Query()], costs: LongReads, _: Reader
) -> Page[MatchView]:
    """Returns the resource keys of the bill, the most expensive first, each with its resource or why it has none."""
    version, _bill = await version_of(costs, bill_id, query.version)
    rows, total = await costs.matches(bill_id, version, query)
    meta = Meta(total=total, page=query.page, per_page=query.per_page)
    return Page(data=[MatchView.of(row) for row in rows], meta=meta)


@router.post(
    "/vendor-bills/{bill_id}/match",
    summary="Match and allocate a bill again",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def match_again(bill_id: BillId, state: StateDep, costs: Costs, _: Editor) -> Envelope[MatchedView]:
    """Applies the resources, settlements and rules of today to the newest version. Refused while an invoice bills its
    cost: void or discard that invoice first."""
    return Envelope(data=await match_newest(bill_id, state, costs))


@router.get("/cloud-costs/unmatched", summary="Costs without a resource", responses=errors(400, 401, 503))
async def list_unmatched(query: Annotated[UnmatchedQuery, Query()], costs: LongReads, _: Reader) -> Page[UnmatchedView]:
    """Returns what is unmatched in the newest versions of all bills, by provider and resource key: each can be settled
    once and for all."""
    rows, total = await costs.unmatched(query)
    meta = Meta(total=total, page=query.page, per_page=query.per_page)
    return Page(data=[UnmatchedView.of(row) for row in rows], meta=meta)


@router.get("/cloud-costs/settled", summary="What was settled about resource keys", responses=errors(400, 401, 503))
async def list_settled(query: Annotated[SettledQuery, Query()], costs: Costs, _: Reader) -> Page[SettledView]:
    rows, total = await costs.settled(query)
    meta = Meta(total=total, page=query.page, per_page=query.per_page)
    return Page(data=[SettledView.model_validate(row) for row in rows], meta=meta)


@router.post(
    "/cloud-costs/settled",
    summary="Settle what a resource key is",
    responses=errors(400, 401, 403, 503),
)
async def settle_match(body: Settlement, store: SettingsStoreDep, user: Editor) -> Envelope[SettledNow]:
    """Applies to every bill of the provider that is matched from now on. A bill that is matched already is matched
    again on request; the answer names such bills."""
    return Envelope(data=await settle_key(body, store, user))


@router.post(
    "/cloud-costs/settled/forget",
    status_code=204,
    summary="Forget what was settled",
    responses=errors(400, 401, 403, 404, 503),
)
async def forget_settled(body: SettledKey, store: SettingsStoreDep, user: Editor) -> None:
    """The key is in the body, because a resource key may have any characters."""
    await forget_key(body, store, user)


@router.get("/vendor-bills/{bill_id}/allocations", summary="To whom a bill is allocated", responses=_READ)
async def list_allocations(
    bill_id: BillId, query: Annotated[AllocationQuery, Query()], costs: Costs, _: Reader
) -> Envelope[AllocationsView]:
    """Each line's cost is in the allocations of one rule, or follows its resource, or is unallocated."""
    version, bill = await version_of(costs, bill_id, query.version)
    run = await _run(costs, bill_id, version)
    rows, total = await costs.allocations(bill_id, version, query)
    view = AllocationsView(
        version=version,
        run=run["run"],
        allocated_at=run["allocated_at"],
        currency=bill.currency,
        net=bill.totals.net,
        net_minor=bill.totals.net_minor,
        targets=[TargetSum.model_validate(row) for row in await costs.targets(bill_id, version)],
        allocations=[AllocationView.model_validate(row) for row in rows],
        total=total,
        page=query.page,
        per_page=query.per_page,
    )
    return Envelope(data=view)


@router.get(
    "/vendor-bills/{bill_id}/allocations/{number}/lines", summary="The lines behind an allocation", responses=_READ
)
async def list_allocated_lines(
    bill_id: BillId, number: Number, query: Annotated[TraceQuery, Query()], costs: LongReads, _: Reader
) -> Envelope[TracedLines]:
    """Returns the lines of the bill whose cost the allocation shares, by the rules as they were then."""
    version, _bill = await version_of(costs, bill_id, query.version)
    run = await _run(costs, bill_id, version)
    allocation = await costs.allocation(bill_id, version, number)
    if allocation is None:
        raise NotFound(f"Version {version} of the bill {bill_id} has no allocation {number}.")
    found = await costs.lines(run, allocation, query.after, query.per_page + 1)
    shown = [TracedLine.model_validate(row) for row in found[: query.per_page]]
    following = shown[-1].position if len(found) > len(shown) else None
    return Envelope(data=TracedLines(version=version, lines=shown, next_after=following))


@router.get("/vendor-bills/{bill_id}/anomalies", summary="What is unusual about a bill", responses=_READ)
async def get_anomalies(
    bill_id: BillId, query: Annotated[VersionQuery, Query()], costs: Costs, _: Reader
) -> Envelope[AnomaliesView]:
    """Compares the month of the bill with the month before, for the same provider, account and currency."""
    version, _bill = await version_of(costs, bill_id, query.version)
    row = await costs.anomalies(bill_id, version)
    if row is None:
        raise NotFound(f"Version {version} of the bill {bill_id} has not been compared with the month before yet.")
    report = AnomalyReport.model_validate(row["report"], context=AS_RECORDED)
    view = AnomaliesView.model_validate(
        {
            **report.model_dump(exclude={"thresholds", "compared_with"}),
            "version": version,
            "found_at": row["found_at"],
            "compared_with": report.compared_with and str(report.compared_with),
            "percent_threshold": report.thresholds.percent,
            "amount_threshold": report.thresholds.amount,
        }
    )
    return Envelope(data=view)


async def _run(costs: CostRepository, bill_id: str, version: int) -> Any:
    run = await costs.run(bill_id, version)
    if run is None:
        raise NotFound(f"Version {version} of the bill {bill_id} has not been allocated yet.")
    return run
