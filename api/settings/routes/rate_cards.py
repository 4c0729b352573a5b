"""Routes of the rate card of partners, and of the rates of installers."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from activities.partners.partner_reader import PartnerReader
from api.deps import StateDep, TodayDep
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.dated import add, correct, remove_future, supersede
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, show
from api.settings.partner_repositories import INSTALLER_RATES, RATE_CARDS
from api.settings.rates.rate_answers import RateAnswer, RateQuestion
from api.settings.schemas import Setting, SettingFilter
from models.partners.installer_rate import InstallerRateInput
from models.partners.rate_card import RateCardInput
from models.partners.terms import PartnerMissing

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

RateKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_]{1,40}){4}\.20[0-9]{2}-[0-9]{2}-[0-9]{2}$"),
    Path(examples=["TIME.activation.FTTH.PRELAID.MYR.2026-01-01"]),
]
Filters = Annotated[SettingFilter, Query()]
Rate = Envelope[Setting[RateCardInput]]
RateOfInstaller = Envelope[Setting[InstallerRateInput]]


@router.get("/rate-cards", summary="The rate card", responses=errors(400, 401, 503))
async def list_rate_cards(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[RateCardInput]]:
    """A key begins with the partner, `group-` and the group, or `default`, so that `search` finds the rows of one."""
    return paged(await store.all(RATE_CARDS), filters)


@router.get("/rate-cards/explain", summary="Which row prices a job, and why", responses=errors(400, 401, 404, 503))
async def explain_rate(
    question: Annotated[RateQuestion, Query()], state: StateDep, today: TodayDep, _: Reader
) -> Envelope[RateAnswer]:
    """Lists the rows of the partner, of its group and of the company for the type and category of the order."""
    try:
        rates = await PartnerReader(state.engines.settings).rates(question.partner)
    except PartnerMissing as missing:
        raise NotFound(str(missing)) from missing
    found = rates.find_rate(question.order_type, question.category, question.method, question.on or today)
    return Envelope(data=RateAnswer.of(found))


@router.post(
    "/rate-cards", status_code=201, summary="Add a row to the rate card", responses=errors(400, 401, 403, 409, 503)
)
async def add_rate_card(body: RateCardInput, store: SettingsStoreDep, user: Configurer, response: Response) -> Rate:
    """Two active rows for the same work cannot be valid on the same day: set the last day of the earlier one first."""
    return await add(store, user, RATE_CARDS, body, response)


@router.get("/rate-cards/{key}", summary="A row of the rate card", responses=errors(400, 401, 404, 503))
async def get_rate_card(key: RateKey, store: SettingsStoreDep, _: Reader, response: Response) -> Rate:
    return await show(store, RATE_CARDS, key, response, f"There is no rate {key}.")


@router.put(
    "/rate-cards/{key}", summary="Correct a row of the rate card", responses=errors(400, 401, 403, 404, 409, 503)
)
async def correct_rate_card(
    key: RateKey,
    body: RateCardInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Rate:
    """Prices drafts from now on; issued documents do not change. What the key is made of cannot be changed."""
    return await correct(store, user, RATE_CARDS, key, body, expected, response)


@router.post(
    "/rate-cards/{key}/supersede",
    status_code=201,
    summary="Enter the row that follows a row",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def supersede_rate_card(
    key: RateKey,
    body: RateCardInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Rate:
    """Ends the row on the day before the new one begins, and adds the new one, both or neither."""
    return await supersede(store, user, RATE_CARDS, key, body, expected, response)


@router.delete(
    "/rate-cards/{key}",
    status_code=204,
    summary="Delete a row that has not begun",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_rate_card(
    key: RateKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, RATE_CARDS, key, expected, today)


@router.get("/installer-rates", summary="The rates of installers", responses=errors(400, 401, 503))
async def list_installer_rates(
    filters: Filters, store: SettingsStoreDep, _: Reader
) -> Page[Setting[InstallerRateInput]]:
    """They price payouts; no invoice is computed from them."""
    return paged(await store.all(INSTALLER_RATES), filters)


@router.post(
    "/installer-rates", status_code=201, summary="Add an installer rate", responses=errors(400, 401, 403, 409, 503)
)
async def add_installer_rate(
    body: InstallerRateInput, store: SettingsStoreDep, user: Configurer, response: Response
) -> RateOfInstaller:
    return await add(store, user, INSTALLER_RATES, body, response)


@router.get("/installer-rates/{key}", summary="An installer rate", responses=errors(400, 401, 404, 503))
async def get_installer_rate(key: RateKey, store: SettingsStoreDep, _: Reader, response: Response) -> RateOfInstaller:
    return await show(store, INSTALLER_RATES, key, response, f"There is no rate {key}.")


@router.put(
    "/installer-rates/{key}", summary="Correct an installer rate", responses=errors(400, 401, 403, 404, 409, 503)
)
async def correct_installer_rate(
    key: RateKey,
    body: InstallerRateInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> RateOfInstaller:
    return await correct(store, user, INSTALLER_RATES, key, body, expected, response)


@router.delete(
    "/installer-rates/{key}",
    status_code=204,
    summary="Delete an installer rate that has not begun",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_installer_rate(
    key: RateKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, INSTALLER_RATES, key, expected, today)
