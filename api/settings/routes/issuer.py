"""Routes of the settings of the company: the issuer, the number series, and the history of all settings."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.deps import TodayDep
from api.errors import Forbidden, NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Meta, Page
from api.http.error_responses import errors
from api.settings.cost_access import SeesCosts, require_costs
from api.settings.deps import Administrator, Configurer, ExpectedVersion, Reader, SettingsStoreDep
from api.settings.editing import replace, show, writing
from api.settings.repositories import ISSUER, NUMBER_SERIES
from api.settings.schemas import ChangeFilter, ChangeView, NewSeries, SeriesChange, SeriesKey, SeriesView, Setting
from api.settings.store import AlreadyExists, version
from models.access.roles import ADMINISTERING
from models.issuer.number_pattern import display_number, last_used, numbering_period
from models.issuer.settings import IssuerInput, Series, check_seed
from models.settings.area import CONFIDENTIAL, Area

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
    async with store.reading() as connection:
        found = await NUMBER_SERIES.read(connection)
        highest = await NUMBER_SERIES.highest_issued(connection)
    return Envelope(data=[_view(key, series, highest, today) for key, series in found.items()])


@router.get("/number-series/{key}", summary="One number series", responses=errors(400, 401, 404, 503))
async def get_number_series(
    key: KeyInPath, store: SettingsStoreDep, _: Reader, today: TodayDep, response: Response
) -> Envelope[SeriesView]:
    async with store.reading() as connection:
        found = (await NUMBER_SERIES.read(connection, [key])).get(key)
        highest = await NUMBER_SERIES.highest_issued(connection)
    if found is None:
        raise NotFound(f"There is no number series {key}.")
    return Envelope(data=_view(key, found, highest, today, response))


@router.post(
    "/number-series", status_code=201, summary="Add a number series", responses=errors(400, 401, 403, 409, 503)
)
async def add_number_series(
    body: NewSeries, store: SettingsStoreDep, user: Configurer, today: TodayDep, response: Response
) -> Envelope[SeriesView]:
    """Only an admin may set the last number; without it the series gives no numbers. Two series must not be able to
    print the same number."""
    _check_role(user.role.includes(ADMINISTERING), body.last_number)
    series = Series(**body.model_dump(exclude={"key"})).counted_on(today)
    async with writing(store, user) as transaction:
        if existing := await transaction.current(NUMBER_SERIES, body.key):
            raise AlreadyExists("number series", body.key, existing)
        await transaction.put(NUMBER_SERIES, body.key, None, series)
    return Envelope(data=_view(body.key, series, {}, today, response))


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
    _check_role(user.role.includes(ADMINISTERING), body.last_number)
    async with writing(store, user) as transaction:
        before = await transaction.expect(NUMBER_SERIES, key, expected)
        if before is None:
            raise NotFound(f"There is no number series {key}.")
        highest = await NUMBER_SERIES.highest_issued(transaction.connection)
        after = before.changed(body.pattern, body.last_number, body.counted_in, today)
        if body.last_number is not None:
            same = before.last_number if after.counted_in == before.counted_in else None
            check_seed(same, body.last_number, highest.get((key, after.counted_in)), body.reason)
        await transaction.put(NUMBER_SERIES, key, before, after, body.reason)
    return Envelope(data=_view(key, after, highest, today, response))


@router.get("/history", summary="Who changed which setting, and when", responses=errors(400, 401, 403, 503))
async def list_changes(
    filters: Annotated[ChangeFilter, Query()], store: SettingsStoreDep, user: Reader, sees_costs: SeesCosts
) -> Page[ChangeView]:
    """Returns the changes, newest first. Changes of users, API keys, webhook endpoints and delegations are visible to
    an admin only, like these; those of cost rates and overhead rules to those who see costs."""
    administered = (Area.USERS, Area.API_KEYS, Area.WEBHOOK_ENDPOINTS, Area.DELEGATIONS)
    hidden: tuple[Area, ...] = () if user.role.includes(ADMINISTERING) else administered
    if filters.area in CONFIDENTIAL:
        await require_costs(store, user)
    elif filters.area is None and not sees_costs:
        hidden = (*hidden, *CONFIDENTIAL)
    if filters.area in hidden:
        raise Forbidden(
            f"reading the history of {filters.area} needs the role {ADMINISTERING}; {user.username} is {user.role}"
        )
    rows, total = await store.history(
        filters.area, filters.key, hidden=hidden, offset=filters.offset, limit=filters.per_page
    )
    changes = [ChangeView.of(row) for row in rows]
    return Page(data=changes, meta=Meta(total=total, page=filters.page, per_page=filters.per_page))


def _check_role(is_admin: bool, last_number: int | None) -> None:
    if last_number is not None and not is_admin:
        raise Forbidden(f"setting the last number of a series needs the role {ADMINISTERING}")


def _view(
    key: str,
    series: Series,
    issued: Mapping[tuple[str, str], int],
    today: date,
    response: Response | None = None,
) -> SeriesView:
    """Return the series with what was issued, and what comes next, in the present numbering period."""
    period = numbering_period(series.reset, today)
    highest = issued.get((key, period))
    if response is not None:
        response.headers["ETag"] = f'"{version(series)}"'
    return SeriesView(
        key=key,
        version=version(series),
        value=series,
        highest_issued=highest,
        next_number=None
        if series.last_number is None
        else display_number(
            series.pattern,
            last_used(series.reset, series.last_number, series.counted_in, period, highest or 0) + 1,
            today,
        ),
    )
