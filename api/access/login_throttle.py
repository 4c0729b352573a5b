"""The failed logins in PostgreSQL, so that all API processes delay the same names and addresses.

No library does this: `limits` (and `slowapi` on it) has no storage in PostgreSQL, `pyrate-limiter` has one table for
each key, and both limit a rate, where a delay that grows with the failures is needed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from api.errors import TooManyRequests
from models.access.login_throttle import OF_ADDRESS, OF_NAME, Failures, ThrottleRule, address_key, name_key
from models.access.tables import LoginFailures

_FORGOTTEN_AT_ONCE: Final = 100


@dataclass(frozen=True)
class Attempt:
    """A login under way. It counts as a failure from its start, so that many at once are no way around the limit."""

    name: str
    address: str

    @classmethod
    def of(cls, username: str, address: str) -> "Attempt":
        return cls(_digest(name_key(username)), _digest(address_key(address)))

    @property
    def rules(self) -> Mapping[str, ThrottleRule]:
        """The rule of each key, in the one order in which their rows are locked."""
        return dict(sorted({self.name: OF_NAME, self.address: OF_ADDRESS}.items()))


class LoginThrottle:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, attempt: Attempt, now: datetime) -> None:
        """Count the attempt as a failure. Raise TooManyRequests, and count nothing, while its delay lasts."""
        await self._forget(now)
        async with self._engine.begin() as connection:
            found = await self._locked(connection, attempt, now)
            retry_at = max(failures.retry_at for failures in found.values())
            if retry_at > now:
                seconds = ceil((retry_at - now).total_seconds())
                raise TooManyRequests(f"too many failed logins; try again in {seconds} s", seconds)
            for key, rule in attempt.rules.items():
                await self._write(connection, key, found[key].plus_one(rule, now))

    async def succeed(self, attempt: Attempt, now: datetime) -> None:
        """Forget the failures of the name, and count this attempt no longer for the address."""
        async with self._engine.begin() as connection:
            found = await self._locked(connection, attempt, now)
            await self._write(connection, attempt.name, Failures.none(now))
            await self._write(connection, attempt.address, found[attempt.address].minus_one(OF_ADDRESS, now))

    async def withdraw(self, attempt: Attempt, now: datetime) -> None:
        """Count the attempt no longer: its password was not checked."""
        async with self._engine.begin() as connection:
            found = await self._locked(connection, attempt, now)
            for key, rule in attempt.rules.items():
                await self._write(connection, key, found[key].minus_one(rule, now))

    async def _locked(self, connection: AsyncConnection, attempt: Attempt, now: datetime) -> dict[str, Failures]:
        """Return the failures of both keys, and lock their rows until the transaction ends."""
        found = {}
        for key in attempt.rules:
            row = insert(LoginFailures).values(key=key, forgiven_at=now, retry_at=now)
            locked = row.on_conflict_do_update(index_elements=[col(LoginFailures.key)], set_={"key": key})
            returned = locked.returning(col(LoginFailures.forgiven_at), col(LoginFailures.retry_at))
            found[key] = Failures(*(await connection.execute(returned)).one())
        return found

    async def _write(self, connection: AsyncConnection, key: str, failures: Failures) -> None:
        values = {"forgiven_at": failures.forgiven_at, "retry_at": failures.retry_at}
        await connection.execute(update(LoginFailures).where(col(LoginFailures.key) == key).values(values))

    async def _forget(self, now: datetime) -> None:
        """Delete some of the rows whose failures are all forgiven; a row in use is left for the next time."""
        forgiven = select(col(LoginFailures.key)).where(col(LoginFailures.forgiven_at) < now)
        some = forgiven.limit(_FORGOTTEN_AT_ONCE).with_for_update(skip_locked=True)
        async with self._engine.begin() as connection:
            await connection.execute(delete(LoginFailures).where(col(LoginFailures.key).in_(some)))


async def forget_name(connection: AsyncConnection, username: str) -> None:
    """Forget the failures of a name, so that its new password can be used at once."""
    await connection.execute(delete(LoginFailures).where(col(LoginFailures.key) == _digest(name_key(username))))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
