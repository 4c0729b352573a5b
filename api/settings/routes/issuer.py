"""Routes of the settings of the company: the issuer, the number series, and the history of all settings."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.deps import StateDep, TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.company.history import areas, changes
from api.settings.company.number_series import add_series, all_series, change_series, one_series
from api.settings.company.setup import steps_of
from api.settings.deps import Administrator, Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import replace, show
from api.settings.repositories import ISSUER
from api.settings.schemas import (
    AreaView,
    ChangeFilter,
    ChangeView,
    NewSeries,
    SeriesChange,
    SeriesKey,
    SeriesView,
    Setting,
    SetupStepView,
)
from models.issuer.settings import IssuerInput

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

KeyInPath = Annotated[SeriesKey, Path(examples=["ACT"])]


@router.get("/issuer", summary="The company that issues the invoices", responses=errors(401, 404, 503))
async def get_issuer(store: SettingsStoreDep, _: Reader, response: Response) -> Envelope[Setting[IssuerInput]]:
    absent = "The issuer is not configured yet; no draft can be created before that."
    return await show(store, ISSUER, ISSUER.KEY, response, absent)


@router.put("/issuer", summary="Set the issuer, its taxes and logo", responses=errors(400, 401, 403, 409, 503))
async def put_issuer(
    body: IssuerInput, store: SettingsStoreDep, user: Administrator, expected: ExpectedVersion, response: Response
) -> Envelope[Setting[IssuerInput]]:
    """Applies to drafts that are created or regenerated from now on; issued documents do not change."""
    return await replace(store, user, ISSUER, ISSUER.KEY, body, expected, response)


@router.get("/number-series", summary="The number series", responses=errors(401, 503))
async def list_number_series(store: SettingsStoreDep, _: Reader, today: TodayDep) -> Envelope[list[SeriesView]]:
    return Envelope(data=await all_series(store, today))


@router.get("/number-series/{key}", summary="One number series", responses=errors(400, 401, 404, 503))
async def get_number_series(
    key: KeyInPath, store: SettingsStoreDep, _: Reader, today: TodayDep, response: Response
) -> Envelope[SeriesView]:
    return _tagged(await one_series(store, key, today), response)


@router.post(
    "/number-series", status_code=201, summary="Add a number series", responses=errors(400, 401, 403, 409, 503)
)
async def add_number_series(
    body: NewSeries, store: SettingsStoreDep, user: Configurer, today: TodayDep, response: Response
) -> Envelope[SeriesView]:
    """Only an admin may set the last number; without it the series gives no numbers. Two series must not be able to
    print the same number."""
    return _tagged(await add_series(store, user, body, today), response)


@router.patch("/number-series/{key}", summary="Change a number series", responses=errors(400, 401, 403, 404, 409, 503))
async def change_number_series(
    key: KeyInPath,
    body: SeriesChange,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    today: TodayDep,
    response: Response,
) -> Envelope[SeriesView]:
    """Issued numbers are never issued again. To skip numbers, an admin must give a reason."""
    return _tagged(await change_series(store, user, key, body, expected, today), response)


@router.get("/history", summary="Who changed which setting, and when", responses=errors(400, 401, 403, 503))
async def list_changes(
    filters: Annotated[ChangeFilter, Query()], store: SettingsStoreDep, user: Reader
) -> Page[ChangeView]:
    """Returns the changes, newest first. Changes of users, API keys, webhook endpoints and delegations are visible to
    an admin only, like these; those of cost rates and overhead rules to those who see costs."""
    return await changes(store, user, filters)


@router.get("/areas", summary="The areas of the settings, and when each was changed", responses=errors(401, 503))
async def list_areas(store: SettingsStoreDep, user: Reader) -> Envelope[list[AreaView]]:
    """Leaves out the areas whose history the caller may not see."""
    return Envelope(data=await areas(store, user))


@router.get("/setup", summary="What is configured, and what is missing", responses=errors(401, 503))
async def get_setup(store: SettingsStoreDep, state: StateDep, _: Reader) -> Envelope[list[SetupStepView]]:
    """The steps of a new system: the issuer, a number series, the users, and the systems that it works with."""
    steps = await steps_of(store, state.settings)
    return Envelope(data=[SetupStepView.model_validate(each) for each in steps])


def _tagged(view: SeriesView, response: Response) -> Envelope[SeriesView]:
    """Return the series, and set the ETag of the response."""
    response.headers["ETag"] = f'"{view.version}"'
    return Envelope(data=view)
