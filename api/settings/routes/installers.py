"""Routes of the installers, which payouts need: how orders name them, their type and level."""

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
from api.settings.partner_repositories import INSTALLERS
from api.settings.schemas import Setting, SettingFilter
from models.partners.payout.installer import InstallerInput

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

InstallerKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9_-]{1,40}\.20[0-9]{2}-[0-9]{2}-[0-9]{2}$"),
    Path(examples=["RAVI.2026-01-01"]),
]
OneInstaller = Envelope[Setting[InstallerInput]]
_CHANGE = errors(400, 401, 403, 404, 409, 503)


@router.get("/installers", summary="Installers", responses=errors(400, 401, 503))
async def list_installers(
    filters: Annotated[SettingFilter, Query()], store: SettingsStoreDep, _: Reader
) -> Page[Setting[InstallerInput]]:
    return paged(await store.all(INSTALLERS), filters)


@router.post("/installers", status_code=201, summary="Add an installer", responses=errors(400, 401, 403, 409, 503))
async def add_installer(
    body: InstallerInput, store: SettingsStoreDep, user: Configurer, response: Response
) -> OneInstaller:
    """A new type or level is a new setting with its first day: set the last day of the earlier one first."""
    return await add(store, user, INSTALLERS, body, response)


@router.get("/installers/{key}", summary="An installer", responses=errors(400, 401, 404, 503))
async def get_installer(key: InstallerKey, store: SettingsStoreDep, _: Reader, response: Response) -> OneInstaller:
    return await show(store, INSTALLERS, key, response, f"There is no installer {key}.")


@router.put("/installers/{key}", summary="Correct an installer", responses=_CHANGE)
async def correct_installer(
    key: InstallerKey,
    body: InstallerInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> OneInstaller:
    return await correct(store, user, INSTALLERS, key, body, expected, response)


@router.delete(
    "/installers/{key}", status_code=204, summary="Delete an installer that has not begun", responses=_CHANGE
)
async def delete_installer(
    key: InstallerKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, INSTALLERS, key, expected, today)
