"""Routes of the settings of contracts: rate rules, and how a contract is invoiced."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.access.deps import Actor
from api.deps import TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.deps import Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import paged, remove, replace, show
from api.settings.rates.rate_rules import revise
from api.settings.repositories import CLIENT_CONFIGS, RATE_BOOKS
from api.settings.schemas import ApplicationKey, Setting, SettingFilter
from api.settings.store import SettingsStore
from models.contracts.rate_book import with_corrected, with_new, without
from models.contracts.settings import ClientConfig, DatedRule, RateBook

router = APIRouter(prefix="/settings", tags=["settings"], route_class=DecimalJsonRoute)

KeyInPath = Annotated[ApplicationKey, Path(examples=["APP-001"])]
Filters = Annotated[SettingFilter, Query()]
Book = Envelope[Setting[RateBook]]
Config = Envelope[Setting[ClientConfig]]


@router.get("/rate-rules", summary="Contracts with rate rules of their own", responses=errors(400, 401, 503))
async def list_rate_rules(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[RateBook]]:
    return paged(await store.all(RATE_BOOKS), filters)


@router.get("/rate-rules/{application_key}", summary="A contract's rate rules", responses=errors(400, 401, 404, 503))
async def get_rate_rules(application_key: KeyInPath, store: SettingsStoreDep, _: Reader, response: Response) -> Book:
    """Returns the rules, the earliest first. The rule that is valid on a period's last day prices the whole period."""
    absent = f"{application_key} has no rate rules; its rate and limit in ClickHouse apply."
    return await show(store, RATE_BOOKS, application_key, response, absent)


@router.post(
    "/rate-rules/{application_key}",
    status_code=201,
    summary="Add a rate rule from a day on",
    responses=errors(400, 401, 403, 409, 503),
)
async def add_rate_rule(
    application_key: KeyInPath,
    body: DatedRule,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Book:
    """Ends the rule that is valid on that day. Earlier periods keep their price."""
    return await _revise(store, user, application_key, expected, response, lambda book: with_new(book, body))


@router.put(
    "/rate-rules/{application_key}/{valid_from}",
    summary="Correct a rate rule",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def correct_rate_rule(
    application_key: KeyInPath,
    valid_from: date,
    body: DatedRule,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Book:
    """Prices drafts from now on, those of past periods included; issued documents do not change. The first day cannot
    be changed: `valid_from` of the body must be the one of the path."""
    return await _revise(
        store, user, application_key, expected, response, lambda book: with_corrected(book, valid_from, body)
    )


@router.delete(
    "/rate-rules/{application_key}/{valid_from}",
    summary="Delete a rate rule that has not begun",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_rate_rule(
    application_key: KeyInPath,
    valid_from: date,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    today: TodayDep,
    response: Response,
) -> Book:
    """The previous rule is valid in its place."""
    return await _revise(
        store, user, application_key, expected, response, lambda book: without(book, valid_from, today)
    )


@router.get("/client-config", summary="How contracts are invoiced", responses=errors(400, 401, 503))
async def list_client_configs(filters: Filters, store: SettingsStoreDep, _: Reader) -> Page[Setting[ClientConfig]]:
    return paged(await store.all(CLIENT_CONFIGS), filters)


@router.get(
    "/client-config/{application_key}", summary="How a contract is invoiced", responses=errors(400, 401, 404, 503)
)
async def get_client_config(
    application_key: KeyInPath, store: SettingsStoreDep, _: Reader, response: Response
) -> Config:
    absent = f"{application_key} is not configured; the defaults apply."
    return await show(store, CLIENT_CONFIGS, application_key, response, absent)


@router.put(
    "/client-config/{application_key}",
    summary="Set how a contract is invoiced",
    responses=errors(400, 401, 403, 409, 503),
)
async def put_client_config(
    application_key: KeyInPath,
    body: ClientConfig,
    store: SettingsStoreDep,
    user: Configurer,
    expected: ExpectedVersion,
    response: Response,
) -> Config:
    """Applies to drafts that are created or regenerated from now on."""
    return await replace(store, user, CLIENT_CONFIGS, application_key, body, expected, response)


@router.delete(
    "/client-config/{application_key}",
    status_code=204,
    summary="Return to the defaults",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def delete_client_config(
    application_key: KeyInPath, store: SettingsStoreDep, user: Configurer, expected: ExpectedVersion
) -> None:
    await remove(store, user, CLIENT_CONFIGS, application_key, expected, f"{application_key} is not configured.")


async def _revise(
    store: SettingsStore,
    user: Actor,
    application_key: str,
    expected: str | None,
    response: Response,
    change: Callable[[RateBook], RateBook],
) -> Book:
    after = await revise(store, user, application_key, expected, change)
    return Envelope(data=Setting.of(application_key, after, response if after.rules else None))
