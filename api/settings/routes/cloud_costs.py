"""Routes of the settings of cloud resources, and of the rules that allocate their costs."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from api.deps import TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.cloud_inputs import AllocationRuleInput, CloudResourceInput
from api.settings.cloud_repositories import ALLOCATION_RULES, CLOUD_RESOURCES
from api.settings.dated import add, correct, remove_future
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, show
from api.settings.schemas import Setting, SettingFilter

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

DAY = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"
ResourceKey = Annotated[
    str,
    StringConstraints(pattern=rf"^[A-Za-z0-9][A-Za-z0-9_-]{{0,59}}\.{DAY}$"),
    Path(examples=["web-1.2026-01-01"]),
]
RuleKey = Annotated[
    str,
    StringConstraints(pattern=rf"^[A-Za-z0-9][A-Za-z0-9_-]{{0,59}}\.{DAY}$"),
    Path(examples=["team-blue.2026-01-01"]),
]
Filters = Annotated[SettingFilter, Query()]
Resource = Envelope[Setting[CloudResourceInput]]
Rule = Envelope[Setting[AllocationRuleInput]]
_ADD = errors(400, 401, 403, 409, 503)
_CHANGE = errors(400, 401, 403, 404, 409, 503)


@router.get("/cloud-resources", summary="Cloud resources", responses=errors(400, 401, 503))
async def list_cloud_resources(
    filters: Filters, store: SettingsStoreDep, _: Reader
) -> Page[Setting[CloudResourceInput]]:
    """Each is valid on its days, so that its owner, project or contract can change."""
    return paged(await store.all(CLOUD_RESOURCES), filters)


@router.post("/cloud-resources", status_code=201, summary="Add a cloud resource", responses=_ADD)
async def add_cloud_resource(
    body: CloudResourceInput, store: SettingsStoreDep, user: Configurer, response: Response
) -> Resource:
    """Bills that are matched from now on recognise it. A bill that is matched already is matched again on request."""
    return await add(store, user, CLOUD_RESOURCES, body, response)


@router.get("/cloud-resources/{key}", summary="A cloud resource", responses=errors(400, 401, 404, 503))
async def get_cloud_resource(key: ResourceKey, store: SettingsStoreDep, _: Reader, response: Response) -> Resource:
    return await show(store, CLOUD_RESOURCES, key, response, f"There is no cloud resource {key}.")


@router.put("/cloud-resources/{key}", summary="Correct a cloud resource", responses=_CHANGE)
async def correct_cloud_resource(
    key: ResourceKey,
    body: CloudResourceInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Resource:
    """Applies to bills that are matched from now on."""
    return await correct(store, user, CLOUD_RESOURCES, key, body, expected, response)


@router.delete(
    "/cloud-resources/{key}", status_code=204, summary="Delete a cloud resource that has not begun", responses=_CHANGE
)
async def delete_cloud_resource(
    key: ResourceKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, CLOUD_RESOURCES, key, expected, today)


@router.get("/allocation-rules", summary="Rules of cost allocation", responses=errors(400, 401, 503))
async def list_allocation_rules(
    filters: Filters, store: SettingsStoreDep, _: Reader
) -> Page[Setting[AllocationRuleInput]]:
    """The first rule that fits a line allocates its cost; a cost without a rule follows its resource."""
    return paged(await store.all(ALLOCATION_RULES), filters)


@router.post("/allocation-rules", status_code=201, summary="Add an allocation rule", responses=_ADD)
async def add_allocation_rule(
    body: AllocationRuleInput, store: SettingsStoreDep, user: Configurer, response: Response
) -> Rule:
    """Applies to bills that are matched from now on, and that end on its days."""
    return await add(store, user, ALLOCATION_RULES, body, response)


@router.get("/allocation-rules/{key}", summary="An allocation rule", responses=errors(400, 401, 404, 503))
async def get_allocation_rule(key: RuleKey, store: SettingsStoreDep, _: Reader, response: Response) -> Rule:
    return await show(store, ALLOCATION_RULES, key, response, f"There is no allocation rule {key}.")


@router.put("/allocation-rules/{key}", summary="Correct an allocation rule", responses=_CHANGE)
async def correct_allocation_rule(
    key: RuleKey,
    body: AllocationRuleInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Rule:
    """Applies to bills that are matched from now on."""
    return await correct(store, user, ALLOCATION_RULES, key, body, expected, response)


@router.delete(
    "/allocation-rules/{key}",
    status_code=204,
    summary="Delete an allocation rule that has not begun",
    responses=_CHANGE,
)
async def delete_allocation_rule(
    key: RuleKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, ALLOCATION_RULES, key, expected, today)
