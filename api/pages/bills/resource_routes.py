"""New cloud resources and allocation rules, entered from the list of what is unmatched."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import require
from api.bills.calls.matches import settle_key
from api.bills.matching_schemas import Settlement
from api.deps import TodayDep
from api.error_handlers import EXPECTED, expected_error
from api.pages.bills.resource_forms import (
    BACK,
    RESOURCE,
    RULE,
    known_of,
    resource_form,
    resource_values,
    rule_errors,
    rule_form,
    rule_values,
)
from api.pages.bills.settling import Answer, answer_page
from api.pages.forms.fields import body_of, read
from api.pages.forms.form_page import form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.rendering import DeskDep
from api.pages.sessions import PageActorDep
from api.settings.cloud_inputs import AllocationRuleInput, CloudResourceInput
from api.settings.cloud_repositories import ALLOCATION_RULES, CLOUD_RESOURCES
from api.settings.dated import add
from api.settings.deps import SettingsStoreDep
from api.uploads import UploadRoute
from models.access.roles import CONFIGURING
from models.settings.area import SettingRefused

router = APIRouter(prefix="/bills/unmatched", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 60
SETTINGS = "changing settings"


@router.get("/resource")
async def resource_page(
    actor: PageActorDep,
    desk: DeskDep,
    today: TodayDep,
    provider: Annotated[str, Query(max_length=60)] = "",
    key: Annotated[str, Query(max_length=700)] = "",
) -> Response:
    """Show the form of a new resource, filled in with what the resource key says."""
    require(actor, CONFIGURING, SETTINGS)
    texts = {"provider": provider, "resource_key": key, "valid_from": _first_day(today), **known_of(key)}
    return form_response(desk, resource_form(key), texts)


@router.post("/resource")
async def add_resource(request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    """Add the resource, settle the key as this resource, and show which bills are to be matched again."""
    require(actor, CONFIGURING, SETTINGS)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, typed = form_key(posted), read(RESOURCE, posted, desk.formats.zone)
    resource_key = typed.texts["resource_key"]
    form = resource_form(resource_key)
    try:
        body, errors = body_of(CloudResourceInput, resource_values(typed.values))
    except SettingRefused as refused:
        body, errors = None, {refused.path: refused.message}
    if not isinstance(body, CloudResourceInput):
        return form_response(desk, form, typed.texts, status=400, key=key, errors=errors)
    try:
        await add(store, actor, CLOUD_RESOURCES, body, Response())
        if not resource_key:
            return RedirectResponse(BACK, 303)
        given = Settlement(provider=body.provider, resource_key=resource_key, outcome="matched", resource=body.resource)
        done = await settle_key(given, store, actor)
    except EXPECTED as error:
        return refused_response(desk, form, typed.texts, key, expected_error(request, error))
    answer = Answer(done.provider, done.resource_key, done.outcome, done.resource, tuple(done.bills_to_match))
    return answer_page(desk, [answer])


@router.get("/rule")
async def rule_page(
    actor: PageActorDep,
    desk: DeskDep,
    today: TodayDep,
    provider: Annotated[str, Query(max_length=60)] = "",
    service: Annotated[str, Query(max_length=200)] = "",
    project: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the form of a new rule of allocation."""
    require(actor, CONFIGURING, SETTINGS)
    texts = {"provider": provider, "service": service, "project": project, "valid_from": _first_day(today)}
    return form_response(desk, rule_form(), texts)


@router.post("/rule")
async def add_rule(request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    """Add the rule, and show what is unmatched again. A repetition is refused, because the rule is there."""
    require(actor, CONFIGURING, SETTINGS)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, typed = form_key(posted), read(RULE, posted, desk.formats.zone)
    try:
        body, errors = body_of(AllocationRuleInput, rule_values(typed.values))
    except SettingRefused as refused:
        body, errors = None, {refused.path: refused.message}
    errors = {**rule_errors(errors), **typed.errors}
    if not isinstance(body, AllocationRuleInput) or errors:
        return form_response(desk, rule_form(), typed.texts, status=400, key=key, errors=errors)
    try:
        await add(store, actor, ALLOCATION_RULES, body, Response())
    except EXPECTED as error:
        return refused_response(desk, rule_form(), typed.texts, key, expected_error(request, error))
    return RedirectResponse(f"{BACK}?added=rule", 303)


def _first_day(today: date) -> str:
    """Return the first day of the year, so that a rule entered today fits the bills of this year."""
    return today.replace(month=1, day=1).isoformat()
