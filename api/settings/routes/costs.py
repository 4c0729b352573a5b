"""Routes of cost rates, their assignments and overhead rules, which need the permission `finance`, and of that."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from api.deps import TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.cost_access import CostConfigurer, CostReader, cost_access, margin_targets
from api.settings.cost_repositories import COST_ACCESS, COST_ASSIGNMENTS, COST_RATES, MARGIN_TARGETS, OVERHEAD_RULES
from api.settings.dated import add, correct, remove_future
from api.settings.deps import Administrator, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, replace, show
from api.settings.schemas import Setting, SettingFilter
from models.access.cost_access import CostAccess
from models.quotes.margins.targets import MarginTargets
from models.quotes.rates.cost_assignment import CostAssignmentInput
from models.quotes.rates.cost_rate import CostRateInput
from models.quotes.rates.overhead_rule import OverheadRuleInput

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

RateKey = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]{1,10}\.[A-Za-z0-9:_-]{1,128}\.20[0-9]{2}-[0-9]{2}-[0-9]{2}$"),
    Path(examples=["role.developer.2026-01-01"]),
]
AssignmentKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9:_-]{1,128}\.20[0-9]{2}-[0-9]{2}-[0-9]{2}$"),
    Path(examples=["acc-01.2026-01-01"]),
]
RuleKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}\.20[0-9]{2}-[0-9]{2}-[0-9]{2}$"),
    Path(examples=["OFFICE.2026-01-01"]),
]
Filters = Annotated[SettingFilter, Query()]
CostRate = Envelope[Setting[CostRateInput]]
CostAssignment = Envelope[Setting[CostAssignmentInput]]
OverheadRule = Envelope[Setting[OverheadRuleInput]]
_LIST = errors(400, 401, 403, 503)
_ADD = errors(400, 401, 403, 409, 503)
_SHOW = errors(400, 401, 403, 404, 503)
_CHANGE = errors(400, 401, 403, 404, 409, 503)


@router.get("/cost-access", summary="Who sees costs and margins", responses=errors(401, 503))
async def get_cost_access(store: SettingsStoreDep, _: Reader, response: Response) -> Envelope[Setting[CostAccess]]:
    """The permission `finance`. Managers and admins have it until an admin sets something else."""
    current = await cost_access(store)
    return Envelope(data=Setting.of(COST_ACCESS.KEY, current, response))


@router.put("/cost-access", summary="Set who sees costs and margins", responses=_ADD)
async def put_cost_access(
    body: CostAccess, store: SettingsStoreDep, user: Administrator, expected: ExpectedVersion, response: Response
) -> Envelope[Setting[CostAccess]]:
    """Takes effect at once. A viewer never sees them."""
    return await replace(store, user, COST_ACCESS, COST_ACCESS.KEY, body, expected, response)


@router.get("/margin-targets", summary="The margins that are wanted", responses=errors(401, 403, 503))
async def get_margin_targets(
    store: SettingsStoreDep, _: CostReader, response: Response
) -> Envelope[Setting[MarginTargets]]:
    """The floor and the target of net margins. They are 25 and 30 per cent until somebody sets others."""
    return Envelope(data=Setting.of(MARGIN_TARGETS.KEY, await margin_targets(store), response))


@router.put("/margin-targets", summary="Set the margins that are wanted", responses=_ADD)
async def put_margin_targets(
    body: MarginTargets, store: SettingsStoreDep, user: CostConfigurer, expected: ExpectedVersion, response: Response
) -> Envelope[Setting[MarginTargets]]:
    return await replace(store, user, MARGIN_TARGETS, MARGIN_TARGETS.KEY, body, expected, response)


@router.get("/cost-rates", summary="The cost rates", responses=_LIST)
async def list_cost_rates(filters: Filters, store: SettingsStoreDep, _: CostReader) -> Page[Setting[CostRateInput]]:
    """A key begins with `employee`, `role` or `grade`, and the code."""
    return paged(await store.all(COST_RATES), filters)


@router.post("/cost-rates", status_code=201, summary="Add a cost rate", responses=_ADD)
async def add_cost_rate(
    body: CostRateInput, store: SettingsStoreDep, user: CostConfigurer, response: Response
) -> CostRate:
    """Set the last day of the earlier rate first: two for the same person, role or grade share no day."""
    return await add(store, user, COST_RATES, body, response)


@router.get("/cost-rates/{key}", summary="A cost rate", responses=_SHOW)
async def get_cost_rate(key: RateKey, store: SettingsStoreDep, _: CostReader, response: Response) -> CostRate:
    return await show(store, COST_RATES, key, response, f"There is no cost rate {key}.")


@router.put("/cost-rates/{key}", summary="Correct a cost rate", responses=_CHANGE)
async def correct_cost_rate(
    key: RateKey,
    body: CostRateInput,
    store: SettingsStoreDep,
    user: CostConfigurer,
    expected: ExpectedVersion,
    response: Response,
) -> CostRate:
    """Saved calculations keep the rate that they used."""
    return await correct(store, user, COST_RATES, key, body, expected, response)


@router.delete("/cost-rates/{key}", status_code=204, summary="Delete a cost rate that has not begun", responses=_CHANGE)
async def delete_cost_rate(
    key: RateKey, store: SettingsStoreDep, user: CostConfigurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, COST_RATES, key, expected, today)


@router.get("/cost-assignments", summary="The roles and grades of employees", responses=_LIST)
async def list_cost_assignments(
    filters: Filters, store: SettingsStoreDep, _: CostReader
) -> Page[Setting[CostAssignmentInput]]:
    """The work of an employee without an own cost rate costs what that of the role says, else that of the grade."""
    return paged(await store.all(COST_ASSIGNMENTS), filters)


@router.post("/cost-assignments", status_code=201, summary="Give an employee a role or a grade", responses=_ADD)
async def add_cost_assignment(
    body: CostAssignmentInput, store: SettingsStoreDep, user: CostConfigurer, response: Response
) -> CostAssignment:
    """Set the last day of the earlier one first: two of the same employee share no day."""
    return await add(store, user, COST_ASSIGNMENTS, body, response)


@router.get("/cost-assignments/{key}", summary="The role and grade of an employee", responses=_SHOW)
async def get_cost_assignment(
    key: AssignmentKey, store: SettingsStoreDep, _: CostReader, response: Response
) -> CostAssignment:
    return await show(store, COST_ASSIGNMENTS, key, response, f"There is no cost assignment {key}.")


@router.put("/cost-assignments/{key}", summary="Correct the role or grade of an employee", responses=_CHANGE)
async def correct_cost_assignment(
    key: AssignmentKey,
    body: CostAssignmentInput,
    store: SettingsStoreDep,
    user: CostConfigurer,
    expected: ExpectedVersion,
    response: Response,
) -> CostAssignment:
    """Margins are computed anew with it. Saved calculations keep the rate that they used."""
    return await correct(store, user, COST_ASSIGNMENTS, key, body, expected, response)


@router.delete(
    "/cost-assignments/{key}",
    status_code=204,
    summary="Delete a role or grade that has not begun",
    responses=_CHANGE,
)
async def delete_cost_assignment(
    key: AssignmentKey, store: SettingsStoreDep, user: CostConfigurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, COST_ASSIGNMENTS, key, expected, today)


@router.get("/overhead-rules", summary="The overhead rules", responses=_LIST)
async def list_overhead_rules(
    filters: Filters, store: SettingsStoreDep, _: CostReader
) -> Page[Setting[OverheadRuleInput]]:
    """All rules of a day apply beside each other."""
    return paged(await store.all(OVERHEAD_RULES), filters)


@router.post("/overhead-rules", status_code=201, summary="Add an overhead rule", responses=_ADD)
async def add_overhead_rule(
    body: OverheadRuleInput, store: SettingsStoreDep, user: CostConfigurer, response: Response
) -> OverheadRule:
    return await add(store, user, OVERHEAD_RULES, body, response)


@router.get("/overhead-rules/{key}", summary="An overhead rule", responses=_SHOW)
async def get_overhead_rule(key: RuleKey, store: SettingsStoreDep, _: CostReader, response: Response) -> OverheadRule:
    return await show(store, OVERHEAD_RULES, key, response, f"There is no overhead rule {key}.")


@router.put("/overhead-rules/{key}", summary="Correct an overhead rule", responses=_CHANGE)
async def correct_overhead_rule(
    key: RuleKey,
    body: OverheadRuleInput,
    store: SettingsStoreDep,
    user: CostConfigurer,
    expected: ExpectedVersion,
    response: Response,
) -> OverheadRule:
    return await correct(store, user, OVERHEAD_RULES, key, body, expected, response)


@router.delete(
    "/overhead-rules/{key}",
    status_code=204,
    summary="Delete an overhead rule that has not begun",
    responses=_CHANGE,
)
async def delete_overhead_rule(
    key: RuleKey, store: SettingsStoreDep, user: CostConfigurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, OVERHEAD_RULES, key, expected, today)
