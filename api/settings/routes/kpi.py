"""Routes of the KPI targets of jobs, and of the rules by which partners pay bonuses and take penalties."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from api.deps import TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.dated import add, correct, remove_future
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, show
from api.settings.partner_repositories import KPI_RULES, KPI_TARGETS
from api.settings.schemas import Setting, SettingFilter
from models.partners.kpi.rule import KpiRuleInput
from models.partners.kpi.target import KpiTargetInput

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

DAY = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"
TargetKey = Annotated[
    str,
    StringConstraints(pattern=rf"^[A-Za-z0-9_]{{1,20}}(\.[A-Za-z0-9_]{{1,40}}){{2}}\.{DAY}$"),
    Path(examples=["TIME.activation.PRELAID.2026-01-01"]),
]
RuleKey = Annotated[
    str,
    StringConstraints(pattern=rf"^[A-Z0-9_]{{2,20}}\.[a-z_]{{1,40}}\.{DAY}$"),
    Path(examples=["TIME.any.2026-01-01"]),
]
Filters = Annotated[SettingFilter, Query()]
Target = Envelope[Setting[KpiTargetInput]]
Rule = Envelope[Setting[KpiRuleInput]]
_ADD = errors(400, 401, 403, 409, 503)
_CHANGE = errors(400, 401, 403, 404, 409, 503)


@router.get("/kpi-targets", summary="The KPI targets of jobs", responses=errors(400, 401, 503))
async def list_kpi_targets(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[KpiTargetInput]]:
    """A key begins with the partner, or with `default` for a target of every partner."""
    return paged(await store.all(KPI_TARGETS), filters)


@router.post("/kpi-targets", status_code=201, summary="Add a KPI target", responses=_ADD)
async def add_kpi_target(body: KpiTargetInput, store: SettingsStoreDep, user: Configurer, response: Response) -> Target:
    """Targets alone touch no invoice; the payout of an installer follows them where its rate has a bonus or penalty."""
    return await add(store, user, KPI_TARGETS, body, response)


@router.get("/kpi-targets/{key}", summary="A KPI target", responses=errors(400, 401, 404, 503))
async def get_kpi_target(key: TargetKey, store: SettingsStoreDep, _: Reader, response: Response) -> Target:
    return await show(store, KPI_TARGETS, key, response, f"There is no KPI target {key}.")


@router.put("/kpi-targets/{key}", summary="Correct a KPI target", responses=_CHANGE)
async def correct_kpi_target(
    key: TargetKey,
    body: KpiTargetInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Target:
    return await correct(store, user, KPI_TARGETS, key, body, expected, response)


@router.delete(
    "/kpi-targets/{key}", status_code=204, summary="Delete a KPI target that has not begun", responses=_CHANGE
)
async def delete_kpi_target(
    key: TargetKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, KPI_TARGETS, key, expected, today)


@router.get("/kpi-rules", summary="The KPI rules of partners", responses=errors(400, 401, 503))
async def list_kpi_rules(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[KpiRuleInput]]:
    """There is none unless one is entered. Without a rule no KPI touches an amount."""
    return paged(await store.all(KPI_RULES), filters)


@router.post("/kpi-rules", status_code=201, summary="Add a partner's KPI rule", responses=_ADD)
async def add_kpi_rule(body: KpiRuleInput, store: SettingsStoreDep, user: Configurer, response: Response) -> Rule:
    """Adds a line to the drafts of jobs that are completed from its first day on. The jobs then need a target and the
    portal times."""
    return await add(store, user, KPI_RULES, body, response)


@router.get("/kpi-rules/{key}", summary="A partner's KPI rule", responses=errors(400, 401, 404, 503))
async def get_kpi_rule(key: RuleKey, store: SettingsStoreDep, _: Reader, response: Response) -> Rule:
    return await show(store, KPI_RULES, key, response, f"There is no KPI rule {key}.")


@router.put("/kpi-rules/{key}", summary="Correct a partner's KPI rule", responses=_CHANGE)
async def correct_kpi_rule(
    key: RuleKey,
    body: KpiRuleInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Rule:
    """Applies to drafts that are created or regenerated from now on."""
    return await correct(store, user, KPI_RULES, key, body, expected, response)


@router.delete("/kpi-rules/{key}", status_code=204, summary="Delete a KPI rule that has not begun", responses=_CHANGE)
async def delete_kpi_rule(
    key: RuleKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, KPI_RULES, key, expected, today)
