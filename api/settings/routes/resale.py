"""Routes of the settings of resale: the contracts that pay for cloud cost."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from api.deps import TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.cloud_repositories import RESALE_RULES
from api.settings.dated import add, correct, remove_future
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, show
from api.settings.schemas import Setting, SettingFilter
from models.contracts.resale import ResaleRuleInput

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

DAY = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}"
RuleKey = Annotated[
    str,
    StringConstraints(pattern=rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,49}}\.{DAY}$"),
    Path(examples=["APP-001.2026-01-01"]),
]
Filters = Annotated[SettingFilter, Query()]
Rule = Envelope[Setting[ResaleRuleInput]]
_ADD = errors(400, 401, 403, 409, 503)
_CHANGE = errors(400, 401, 403, 404, 409, 503)


@router.get("/resale-rules", summary="Contracts under which cloud cost is resold", responses=errors(400, 401, 503))
async def list_resale_rules(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[ResaleRuleInput]]:
    """Without a rule no cloud cost is charged to a contract."""
    return paged(await store.all(RESALE_RULES), filters)


@router.post("/resale-rules", status_code=201, summary="Add a resale rule", responses=_ADD)
async def add_resale_rule(body: ResaleRuleInput, store: SettingsStoreDep, user: Configurer, response: Response) -> Rule:
    """Adds the allocated cloud cost to the drafts of the contract whose period ends on the rule's days."""
    return await add(store, user, RESALE_RULES, body, response)


@router.get("/resale-rules/{key}", summary="A resale rule", responses=errors(400, 401, 404, 503))
async def get_resale_rule(key: RuleKey, store: SettingsStoreDep, _: Reader, response: Response) -> Rule:
    return await show(store, RESALE_RULES, key, response, f"There is no resale rule {key}.")


@router.put("/resale-rules/{key}", summary="Correct a resale rule", responses=_CHANGE)
async def correct_resale_rule(
    key: RuleKey,
    body: ResaleRuleInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Rule:
    """Applies to drafts that are created or regenerated from now on."""
    return await correct(store, user, RESALE_RULES, key, body, expected, response)


@router.delete(
    "/resale-rules/{key}", status_code=204, summary="Delete a resale rule that has not begun", responses=_CHANGE
)
async def delete_resale_rule(
    key: RuleKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, RESALE_RULES, key, expected, today)
