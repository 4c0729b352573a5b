"""Routes of the settings of partners and of their groups."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, remove, replace, show
from api.settings.partner_repositories import PARTNER_GROUPS, PARTNERS
from api.settings.schemas import Setting, SettingFilter
from models.partners.priced_work import PartnerKey
from models.partners.settings import PartnerGroupInput, PartnerInput

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

KeyInPath = Annotated[PartnerKey, Path(examples=["TIME"])]
Filters = Annotated[SettingFilter, Query()]
Group = Envelope[Setting[PartnerGroupInput]]
OnePartner = Envelope[Setting[PartnerInput]]


@router.get("/partner-groups", summary="Groups of partners", responses=errors(400, 401, 503))
async def list_partner_groups(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[PartnerGroupInput]]:
    return paged(await store.all(PARTNER_GROUPS), filters)


@router.get("/partner-groups/{key}", summary="A group of partners", responses=errors(400, 401, 404, 503))
async def get_partner_group(key: KeyInPath, store: SettingsStoreDep, _: Reader, response: Response) -> Group:
    return await show(store, PARTNER_GROUPS, key, response, f"There is no partner group {key}.")


@router.put("/partner-groups/{key}", summary="Set a group of partners", responses=errors(400, 401, 403, 409, 503))
async def put_partner_group(
    key: KeyInPath,
    body: PartnerGroupInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Group:
    return await replace(store, user, PARTNER_GROUPS, key, body, expected, response)


@router.delete(
    "/partner-groups/{key}",
    status_code=204,
    summary="Remove a group of partners",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_partner_group(
    key: KeyInPath, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion
) -> None:
    """A group with partners or rates stays."""
    await remove(store, user, PARTNER_GROUPS, key, expected, f"There is no partner group {key}.")


@router.get("/partners", summary="Partners", responses=errors(400, 401, 503))
async def list_partners(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[PartnerInput]]:
    return paged(await store.all(PARTNERS), filters)


@router.get("/partners/{key}", summary="How a partner is invoiced", responses=errors(400, 401, 404, 503))
async def get_partner(key: KeyInPath, store: SettingsStoreDep, _: Reader, response: Response) -> OnePartner:
    return await show(store, PARTNERS, key, response, f"There is no partner {key}.")


@router.put("/partners/{key}", summary="Set how a partner is invoiced", responses=errors(400, 401, 403, 409, 503))
async def put_partner(
    key: KeyInPath,
    body: PartnerInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> OnePartner:
    """Applies to drafts that are created or regenerated from now on."""
    return await replace(store, user, PARTNERS, key, body, expected, response)


@router.delete(
    "/partners/{key}", status_code=204, summary="Remove a partner", responses=errors(400, 401, 403, 404, 409, 503)
)
async def delete_partner(key: KeyInPath, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion) -> None:
    """A partner with rates or orders stays."""
    await remove(store, user, PARTNERS, key, expected, f"There is no partner {key}.")
