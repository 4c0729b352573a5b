"""Adds and changes number series, and shows what a series has issued and what comes next."""

from collections.abc import Mapping
from datetime import date

from api.access.deps import Actor
from api.errors import Forbidden, NotFound
from api.settings.editing import writing
from api.settings.repositories import NUMBER_SERIES
from api.settings.schemas import NewSeries, SeriesChange, SeriesView
from api.settings.store import AlreadyExists, SettingsStore, version
from models.access.roles import ADMINISTERING
from models.issuer.number_pattern import display_number, last_used, numbering_period
from models.issuer.settings import Series, check_seed


async def all_series(store: SettingsStore, today: date) -> list[SeriesView]:
    """Return the series with what each has issued in its present numbering period."""
    async with store.reading() as connection:
        found = await NUMBER_SERIES.read(connection)
        highest = await NUMBER_SERIES.highest_issued(connection)
    return [_view(key, series, highest, today) for key, series in found.items()]


async def one_series(store: SettingsStore, key: str, today: date) -> SeriesView:
    """Return the series. Raise NotFound when there is none."""
    async with store.reading() as connection:
        found = (await NUMBER_SERIES.read(connection, [key])).get(key)
        highest = await NUMBER_SERIES.highest_issued(connection)
    if found is None:
        raise NotFound(f"There is no number series {key}.")
    return _view(key, found, highest, today)


async def add_series(store: SettingsStore, user: Actor, body: NewSeries, today: date) -> SeriesView:
    """Write a new series. Raise Conflict when it exists, and Forbidden when the user may not set its last number."""
    _check_role(user, body.last_number)
    series = Series(**body.model_dump(exclude={"key"})).counted_on(today)
    async with writing(store, user) as transaction:
        if existing := await transaction.current(NUMBER_SERIES, body.key):
            raise AlreadyExists("number series", body.key, existing)
        await transaction.put(NUMBER_SERIES, body.key, None, series)
    return _view(body.key, series, {}, today)


async def change_series(
    store: SettingsStore, user: Actor, key: str, body: SeriesChange, expected: str | None, today: date
) -> SeriesView:
    """Change the given fields. Raise NotFound, Conflict, Invalid, and Forbidden as `add_series` does."""
    _check_role(user, body.last_number)
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
    return _view(key, after, highest, today)


def _check_role(user: Actor, last_number: int | None) -> None:
    if last_number is not None and not user.role.includes(ADMINISTERING):
        raise Forbidden(f"setting the last number of a series needs the role {ADMINISTERING}")


def _view(key: str, series: Series, issued: Mapping[tuple[str, str], int], today: date) -> SeriesView:
    """Return the series with what was issued, and what comes next, in the present numbering period."""
    period = numbering_period(series.reset, today)
    highest = issued.get((key, period))
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
