"""The page of one vendor bill, and its parts that change by themselves or take time."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.access.deps import Actor
from api.bills.calls.bills import bill_detail
from api.bills.calls.lines import group_totals
from api.bills.deps import FORCED, Bills, Costs, LongReads
from api.bills.matching_repository import CostRepository
from api.bills.matching_schemas import (
    AllocationQuery,
    AllocationView,
    MatchQuery,
    MatchView,
    TargetSum,
    TracedLine,
)
from api.bills.payables.deps import PayableReads
from api.bills.schemas import BillDetail, GroupBy
from api.deps import NowDep, StateDep
from api.errors import NotFound
from api.pages.bills import bill_words
from api.pages.bills.bill_list_routes import BILLS
from api.pages.bills.deps import PageBill, PageBillDep
from api.pages.bills.timeline import steps_of
from api.pages.languages import N_
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.settings.cloud_repositories import RESALE_RULES
from api.settings.deps import SettingsStoreDep
from api.settings.store import SettingsStore
from models.access.roles import BOOKING_BILLS
from models.bills.anomalies import AnomalyReport
from models.bills.bill import PushState
from models.bills.matching.match import Outcome
from models.bills.payable import amount_of
from models.contracts.resale import ResaleRuleInput
from models.values.typed_values import AS_RECORDED

router = APIRouter(prefix="/bills/{bill_id}", include_in_schema=False)

SHOWN_AT_ONCE = 20_000  # lines; the sums of a larger bill are asked for after the page is shown
SHOWN_ALLOCATIONS = 50
SHOWN_UNMATCHED = 10
LINES_PER_PAGE = 100
SOON, LATER = "every 3s", "every 30s"
ASKED: Mapping[str, str] = MappingProxyType(
    {
        "push": N_("The push is on its way; its outcome appears below."),
        "match": N_("The bill was matched and allocated again."),
        "read": N_("The file is being read again."),
    }
)


@router.get("")
async def bill_page(
    desk: DeskDep,
    actor: PageActorDep,
    found: PageBillDep,
    bills: Bills,
    costs: Costs,
    payables: PayableReads,
    store: SettingsStoreDep,
    state: StateDep,
    moment: NowDep,
    by: Annotated[str, Query(max_length=20)] = GroupBy.SERVICE,
    asked: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the newest version of the bill as PostgreSQL has it."""
    bill = await bill_detail(found.id, bills, state)
    wanted = BILLS.came_from(desk.listed)
    beside = await bills.beside(found.row, wanted.filters) if wanted else None
    group = GroupBy(by) if by in set(GroupBy) else GroupBy.SERVICE
    is_at_once = bill.line_count <= SHOWN_AT_ONCE
    file = await bills.file(bill.file.sha256)
    anomalies = await costs.anomalies(found.id, bill.version)
    run = await costs.run(found.id, bill.version)
    return desk.page(
        "bills/bill.html.j2",
        bill=bill,
        place=BILLS.place(wanted, found.id, beside) if wanted and beside else None,
        found=found,
        bill_words=bill_words,
        amount_of=amount_of,
        groups=await group_totals(found.id, group, bills) if is_at_once else None,
        by=group,
        **await _allocations(found, costs, bill.version),
        **await _unmatched(found, costs, bill.version),
        resale=await _resale_rules(store, found),
        run=run,
        report=AnomalyReport.model_validate(anomalies["report"], context=AS_RECORDED) if anomalies else None,
        payable=await payables.of_invoice(bill.provider, bill.provider_invoice_id),
        steps=steps_of(bill, file, run, anomalies),
        polling=polling(bill),
        updated=moment,
        asked=ASKED.get(asked),
        **_may(actor),
    )


@router.get("/push-state")
async def push_state(
    desk: DeskDep, actor: PageActorDep, found: PageBillDep, bills: Bills, state: StateDep, moment: NowDep
) -> Response:
    """Answer the part of the page that is polled while a step of the bill is open."""
    bill = await bill_detail(found.id, bills, state)
    return desk.page(
        "bills/_push.html.j2",
        bill=bill,
        found=found,
        bill_words=bill_words,
        polling=polling(bill),
        updated=moment,
        payable=None,
        **_may(actor),
    )


@router.get("/summary")
async def summary(
    desk: DeskDep,
    found: PageBillDep,
    bills: Bills,
    by: Annotated[str, Query(max_length=20)] = GroupBy.SERVICE,
) -> Response:
    """Answer the sums of the bill by one of its fields, which takes a second for a million lines."""
    group = GroupBy(by) if by in set(GroupBy) else GroupBy.SERVICE
    groups = await group_totals(found.id, group, bills)
    return desk.page("bills/summary.html.j2", found=found, bill_words=bill_words, groups=groups, by=group)


@router.get("/allocations/{number}")
async def allocation_page(
    desk: DeskDep,
    found: PageBillDep,
    costs: LongReads,
    number: int,
    after: Annotated[int, Query(ge=0, le=10**15)] = 0,
) -> Response:
    """Show the lines of the bill whose cost an allocation shares."""
    version = found.bill.version
    run = await costs.run(found.id, version)
    row = await costs.allocation(found.id, version, number) if 0 < number < 2**31 else None
    if run is None or row is None:
        raise NotFound(f"Version {version} of the bill {found.id} has no allocation {number}.")
    lines = await costs.lines(run, row, after, LINES_PER_PAGE + 1)
    shown = [TracedLine.model_validate(each) for each in lines[:LINES_PER_PAGE]]
    return desk.page(
        "bills/allocation.html.j2",
        found=found,
        bill_words=bill_words,
        allocation=AllocationView.model_validate(dict(row)),
        lines=shown,
        after=after,
        next_after=shown[-1].position if len(lines) > len(shown) else None,
    )


async def _allocations(found: PageBill, costs: CostRepository, version: int) -> dict[str, Any]:
    """Return to whom the bill is allocated, and the greatest allocations with their number."""
    query = AllocationQuery(per_page=SHOWN_ALLOCATIONS)
    rows, total = await costs.allocations(found.id, version, query)
    targets = [TargetSum.model_validate(row) for row in await costs.targets(found.id, version)]
    targets.sort(key=lambda target: -abs(target.amount))
    allocations = [AllocationView.model_validate(row) for row in rows]
    return {"targets": targets, "allocations": allocations, "allocation_count": total}


async def _unmatched(found: PageBill, costs: CostRepository, version: int) -> dict[str, Any]:
    """Return the most expensive resource keys that are unmatched, and their number."""
    query = MatchQuery(outcome=Outcome.UNMATCHED, per_page=SHOWN_UNMATCHED)
    rows, total = await costs.matches(found.id, version, query)
    return {"unmatched": [MatchView.of(row) for row in rows], "unmatched_count": total}


async def _resale_rules(store: SettingsStore, found: PageBill) -> dict[str, ResaleRuleInput]:
    """Return the rule of each contract by which its share of the bill is resold."""
    rules = (await store.all(RESALE_RULES)).values()
    return {rule.contract: rule for rule in rules if rule.is_valid_on(found.last_day)}


def _may(actor: Actor) -> dict[str, Any]:
    return {"may_edit": actor.role.includes(BOOKING_BILLS), "may_force": actor.role.includes(FORCED)}


def polling(bill: BillDetail) -> str | None:
    """Return how often the page asks again; None when nothing changes by itself."""
    if bill.waits_for:
        return LATER
    return SOON if not bill.is_done or bill.finance.state is PushState.PENDING else None
