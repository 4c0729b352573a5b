"""Routes of exchange rates by day, with their source."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from api.deps import TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.cost_repositories import EXCHANGE_RATES
from api.settings.dated import add, correct, remove_future
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, show
from api.settings.schemas import Setting, SettingFilter
from models.settings.exchange_rate import ExchangeRateInput

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

ExchangeKey = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{3}\.[A-Z]{3}\.20[0-9]{2}-[0-9]{2}-[0-9]{2}$"),
    Path(examples=["USD.UZS.2026-02-01"]),
]
ExchangeRate = Envelope[Setting[ExchangeRateInput]]
_CHANGE = errors(400, 401, 403, 404, 409, 503)


@router.get("/exchange-rates", summary="The exchange rates", responses=errors(400, 401, 503))
async def list_exchange_rates(
    filters: Annotated[SettingFilter, Query()], store: SettingsStoreDep, _: Reader
) -> Page[Setting[ExchangeRateInput]]:
    return paged(await store.all(EXCHANGE_RATES), filters)


@router.post(
    "/exchange-rates", status_code=201, summary="Add an exchange rate", responses=errors(400, 401, 403, 409, 503)
)
async def add_exchange_rate(
    body: ExchangeRateInput, store: SettingsStoreDep, user: Configurer, response: Response
) -> ExchangeRate:
    """Valid until the next one of the same currencies begins. It serves both directions.

    A draft that resells cost and a calculation are refused without a rate for their day.
    """
    return await add(store, user, EXCHANGE_RATES, body, response)


@router.get("/exchange-rates/{key}", summary="An exchange rate", responses=errors(400, 401, 404, 503))
async def get_exchange_rate(key: ExchangeKey, store: SettingsStoreDep, _: Reader, response: Response) -> ExchangeRate:
    return await show(store, EXCHANGE_RATES, key, response, f"There is no exchange rate {key}.")


@router.put("/exchange-rates/{key}", summary="Correct an exchange rate", responses=_CHANGE)
async def correct_exchange_rate(
    key: ExchangeKey,
    body: ExchangeRateInput,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> ExchangeRate:
    """Invoices and saved calculations keep the rate that they used; drafts get it when they are regenerated."""
    return await correct(store, user, EXCHANGE_RATES, key, body, expected, response)


@router.delete(
    "/exchange-rates/{key}",
    status_code=204,
    summary="Delete an exchange rate that has not begun",
    responses=_CHANGE,
)
async def delete_exchange_rate(
    key: ExchangeKey, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion, today: TodayDep
) -> None:
    await remove_future(store, user, EXCHANGE_RATES, key, expected, today)
