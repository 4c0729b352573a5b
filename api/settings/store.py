"""The store of the settings in PostgreSQL. Every change is recorded with user, time, old and new value.

All changes take the same lock. Settings change seldom, and a change must be written on the state that it was checked
against.
"""

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from activities.database.engine import SETTINGS, create_engine
from api.settings.repositories import SettingRepository
from models.settings.area import Area
from models.settings.tables import SETTINGS_LOCK, SettingsHistory
from models.values.base_models import Strict

T = TypeVar("T", bound=Strict)

ANY_VERSION: Final = "*"


def version(setting: Strict) -> str:
    """Return the version of a setting: a digest of its content, so equal contents have equal versions."""
    return hashlib.sha256(setting.model_dump_json().encode()).hexdigest()[:16]


class StaleSetting(Exception):
    """The setting does not have the expected version. `current` is its value now, None when it does not exist."""

    def __init__(self, key: str, current: Strict | None) -> None:
        super().__init__(key)
        self.key = key
        self.current = current


class AlreadyExists(StaleSetting):
    """The setting to be added exists. `kind` is its kind in words, such as "user"."""

    def __init__(self, kind: str, key: str, current: Strict) -> None:
        super().__init__(key, current)
        self.kind = kind

    def __str__(self) -> str:
        return f"The {self.kind} {self.key} exists already."


@dataclass(frozen=True)
class ChangeSelection:
    """Which changes: those of an area, a key or a person, between two moments; `hidden` areas are left out."""

    area: Area | None = None
    key: str | None = None
    by: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    hidden: Collection[Area] = ()

    def conditions(self) -> list[ColumnElement[bool]]:
        columns = SettingsHistory.__table__.c  # type: ignore[attr-defined]
        found: list[ColumnElement[bool]] = [columns.area.not_in([each.value for each in self.hidden])]
        for column, value in ((columns.area, self.area), (columns.key, self.key), (columns.by, self.by)):
            found += [column == str(value)] if value is not None else []
        found += [columns.at >= self.begin] if self.begin is not None else []
        found += [columns.at < self.end] if self.end is not None else []
        return found


@dataclass(frozen=True)
class SettingsTransaction:
    """A transaction that holds the lock of the settings. `by` is the user who is recorded in the history."""

    connection: AsyncConnection
    by: str

    async def current(self, repository: SettingRepository[T], key: str) -> T | None:
        """Return the setting and lock its row, because an invoice may be taking a number from a series meanwhile."""
        return (await repository.read(self.connection, [key], lock=True)).get(key)

    async def expect(self, repository: SettingRepository[T], key: str, expected: str | None) -> T | None:
        """Return the setting when it has the expected version; `expected` None means that it must not exist.

        Raise StaleSetting otherwise.
        """
        current = await self.current(repository, key)
        check_version(key, current, expected)
        return current

    async def put(
        self, repository: SettingRepository[T], key: str, before: T | None, after: T | None, reason: str | None = None
    ) -> None:
        """Write the setting and record the change; `after` None deletes it. Equal values change nothing.

        Raise SettingRefused when another setting does not permit the value.
        """
        if before == after:
            return
        await repository.check(self.connection, key, after)
        await repository.write(self.connection, key, after)
        await self.record(repository.area, key, before, after, reason)

    async def record(
        self, area: Area, key: str, before: Strict | None, after: Strict | None, reason: str | None = None
    ) -> None:
        """Add a change to the history."""
        await self.record_all(area, {key: (before, after)}, reason)

    async def record_all(
        self, area: Area, changes: Mapping[str, tuple[Strict | None, Strict | None]], reason: str | None = None
    ) -> None:
        """Add the changes, each before and after, to the history."""
        entry: dict[str, Any] = {"by": self.by, "area": area.value, "reason": reason}
        rows = [entry | {"key": key, "before": _json(old), "after": _json(new)} for key, (old, new) in changes.items()]
        await self.connection.execute(insert(SettingsHistory), rows)


def check_version(key: str, current: Strict | None, expected: str | None) -> None:
    """Raise StaleSetting when `current` does not have the expected version."""
    if expected == ANY_VERSION:
        return
    if expected != (version(current) if current is not None else None):
        raise StaleSetting(key, current)


def _json(state: Strict | None) -> dict[str, Any] | None:
    return None if state is None else state.model_dump(mode="json")


class SettingsStore:
    """Reads settings, and opens transactions that change them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    def at(cls, url: str) -> "SettingsStore":
        """Return the store of the database at `url`; it connects when it is first used."""
        return cls(create_engine(url, SETTINGS))

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, by: str) -> AsyncIterator[SettingsTransaction]:
        """Yield a transaction for the user `by`. It is rolled back when the block raises."""
        async with self._engine.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(SETTINGS_LOCK)))
            yield SettingsTransaction(connection, by)

    async def all(self, repository: SettingRepository[T]) -> dict[str, T]:
        async with self.reading() as connection:
            return await repository.read(connection)

    async def one(self, repository: SettingRepository[T], key: str) -> T | None:
        async with self.reading() as connection:
            return (await repository.read(connection, [key])).get(key)

    async def history(
        self, wanted: ChangeSelection, *, offset: int, limit: int
    ) -> tuple[Sequence[dict[str, Any]], int]:
        """Return one page of the changes, newest first, and their total number."""
        columns = SettingsHistory.__table__.c  # type: ignore[attr-defined]
        conditions = wanted.conditions()
        newest = select(*columns).where(*conditions).order_by(columns.id.desc()).limit(limit).offset(offset)
        counted = select(func.count()).select_from(SettingsHistory).where(*conditions)
        async with self.reading() as connection:
            rows = (await connection.execute(newest)).mappings().all()
            total = int(await connection.scalar(counted) or 0)
        return [dict(row) for row in rows], total

    async def last_changes(self) -> dict[str, dict[str, Any]]:
        """Return the last change of each area that was ever changed."""
        columns = SettingsHistory.__table__.c  # type: ignore[attr-defined]
        newest = select(func.max(columns.id)).group_by(columns.area)
        found = select(columns.area, columns.at, columns.by, columns.key).where(columns.id.in_(newest))
        async with self.reading() as connection:
            rows = (await connection.execute(found)).mappings().all()
        return {row["area"]: dict(row) for row in rows}
