"""Routes of the settings for worklogs: employees who are not billed, and the class of each project label."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, remove, replace, show
from api.settings.repositories import CLASSIFICATIONS, EXCLUSIONS
from api.settings.schemas import AccountId, Label, Setting, SettingFilter
from models.contracts.settings import Classification, Exclusion

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

Account = Annotated[AccountId, Path(examples=["557058:9f2c"])]
LabelInPath = Annotated[Label, Path(examples=["PROJ"])]
Filters = Annotated[SettingFilter, Query()]


@router.get("/exclusions", summary="Employees who are not billed", responses=errors(400, 401, 503))
async def list_exclusions(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[Exclusion]]:
    return paged(await store.all(EXCLUSIONS), filters)


@router.get(
    "/exclusions/{account_id:path}", summary="Why an employee is not billed", responses=errors(400, 401, 404, 503)
)
async def get_exclusion(
    account_id: Account, store: SettingsStoreDep, _: Reader, response: Response
) -> Envelope[Setting[Exclusion]]:
    return await show(store, EXCLUSIONS, account_id, response, f"{account_id} is not excluded; the work is billed.")


@router.put(
    "/exclusions/{account_id:path}",
    summary="Stop billing an employee's work",
    responses=errors(400, 401, 403, 409, 503),
)
async def put_exclusion(
    account_id: Account,
    body: Exclusion,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Envelope[Setting[Exclusion]]:
    return await replace(store, user, EXCLUSIONS, account_id, body, expected, response)


@router.delete(
    "/exclusions/{account_id:path}",
    status_code=204,
    summary="Bill an employee's work again",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_exclusion(
    account_id: Account, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion
) -> None:
    await remove(store, user, EXCLUSIONS, account_id, expected, f"{account_id} is not excluded.")


@router.get("/classifications", summary="Classified project labels", responses=errors(400, 401, 503))
async def list_classifications(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[Classification]]:
    return paged(await store.all(CLASSIFICATIONS), filters)


@router.get("/classifications/{label:path}", summary="Class of a project label", responses=errors(400, 401, 404, 503))
async def get_classification(
    label: LabelInPath, store: SettingsStoreDep, _: Reader, response: Response
) -> Envelope[Setting[Classification]]:
    return await show(store, CLASSIFICATIONS, label, response, f"{label} is not classified; its hours are billable.")


@router.put(
    "/classifications/{label:path}", summary="Classify a project label", responses=errors(400, 401, 403, 409, 503)
)
async def put_classification(
    label: LabelInPath,
    body: Classification,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Envelope[Setting[Classification]]:
    """Drafts that are created or regenerated from now on do not bill the hours of internal and overhead projects."""
    return await replace(store, user, CLASSIFICATIONS, label, body, expected, response)


@router.delete(
    "/classifications/{label:path}",
    status_code=204,
    summary="Remove the class of a project label",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_classification(
    label: LabelInPath, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion
) -> None:
    await remove(store, user, CLASSIFICATIONS, label, expected, f"{label} is not classified.")
