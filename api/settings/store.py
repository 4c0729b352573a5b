"""The settings in PostgreSQL: read, and changed one at a time, each change with who, when, before and after.

One lock for all of them: they are changed seldom, and what a change was based on must still be so when it is written.
"""

import hashlib
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from activities.database.engine import SETTINGS, create_engine
from api.settings.repositories import SettingRepository
from models.settings.area import Area
from models.settings.tables import SettingsHistory
from models.values.base_models import Strict

T = TypeVar("T", bound=Strict)

ANY_VERSION: Final = "*"
_LOCK: Final = 7_309_630_524


def version(setting: Strict) -> str:
    """Of what it says: the same content is the same version, whoever wrote it and however."""
    return hashlib.sha256(setting.model_dump_json().encode()).hexdigest()[:16]


class StaleSetting(Exception):
    """It is not what the caller has seen: `current` is what it is now, None when it is gone."""

    def __init__(self, key: str, current: Strict | None) -> None:
        super().__init__(key)
        self.key = key
        self.current = current


class AlreadyThere(StaleSetting):
    """What was to be added has been added before."""

    def __init__(self, what: str, key: str, current: Strict) -> None:
        super().__init__(key, current)
        self.what = what

    def __str__(self) -> str:
        return f"There is a {self.what} {self.key} already."


@dataclass(frozen=True)
class SettingsTransaction:
    """Writes in one transaction, under the lock."""

    connection: AsyncConnection
    by: str

    async def now(self, repository: SettingRepository[T], key: str) -> T | None:
        """Locked, as an invoice may be taking a number from its series right now."""
        return (await repository.read(self.connection, [key], lock=True)).get(key)

    async def expect(self, repository: SettingRepository[T], key: str, expected: str | None) -> T | None:
        """What is there now. Without an expectation nothing may be there; raises StaleSetting."""
        current = await self.now(repository, key)
        check_version(key, current, expected)
        return current

    async def put(
        self, repository: SettingRepository[T], key: str, before: T | None, after: T | None, reason: str | None = None
    ) -> None:
        if before == after:
            return
        await repository.check(self.connection, key, after)
        await repository.write(self.connection, key, after)
        await self.note(repository.area, key, before, after, reason)

    async def note(
        self, area: Area, key: str, before: Strict | None, after: Strict | None, reason: str | None = None
    ) -> None:
        entry = {"by": self.by, "area": area.value, "key": key, "reason": reason}
        states = {"before": _json(before), "after": _json(after)}
        await self.connection.execute(insert(SettingsHistory).values(entry | states))


def check_version(key: str, current: Strict | None, expected: str | None) -> None:
    if expected == ANY_VERSION:
        return
    if expected != (version(current) if current is not None else None):
        raise StaleSetting(key, current)


def _json(state: Strict | None) -> dict[str, Any] | None:
    return None if state is None else state.model_dump(mode="json")


class SettingsStore:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    def at(cls, url: str) -> "SettingsStore":
        return cls(create_engine(url, SETTINGS))

    async def close(self) -> None:
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, by: str) -> AsyncIterator[SettingsTransaction]:
        """All of it or, when the block raises, nothing."""
        async with self._engine.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            yield SettingsTransaction(connection, by)

    async def all(self, repository: SettingRepository[T]) -> dict[str, T]:
        async with self.reading() as connection:
            return await repository.read(connection)

    async def one(self, repository: SettingRepository[T], key: str) -> T | None:
        async with self.reading() as connection:
            return (await repository.read(connection, [key])).get(key)

    async def history(
        self, area: Area | None, key: str | None, *, hidden: Collection[Area] = (), offset: int, limit: int
    ) -> tuple[Sequence[dict[str, Any]], int]:
        """The newest first, and how many there are in all; of the hidden areas there are none."""
        conditions: list[ColumnElement[bool]] = [col(SettingsHistory.area).not_in([each.value for each in hidden])]
        if area is not None:
            conditions.append(col(SettingsHistory.area) == area.value)
        if key is not None:
            conditions.append(col(SettingsHistory.key) == key)
        columns = SettingsHistory.__table__.c  # type: ignore[attr-defined]
        newest = select(*columns).where(*conditions).order_by(columns.id.desc()).limit(limit).offset(offset)
        counted = select(func.count()).select_from(SettingsHistory).where(*conditions)
        async with self.reading() as connection:
            rows = (await connection.execute(newest)).mappings().all()
            total = int(await connection.scalar(counted) or 0)
        return [dict(row) for row in rows], total
