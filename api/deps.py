"""Dependencies that every domain uses: the application's state, the time and the idempotency key.

The dependencies of one domain are in the `deps.py` of that domain. This module imports none of them. All of them are
coroutines, because FastAPI executes a plain function in a thread, which takes longer than these functions do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version as installed_version
from typing import Annotated
from uuid import uuid4

import httpx
from fastapi import Depends, Header, Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.archive.addresses import ArchiveAddresses
from activities.clients.stored_files import FileStore
from activities.database.engine import EXPORTS, REGISTRY, SETTINGS, create_engine
from activities.database.schema import require_migrated
from activities.partners.attachments import Attachments
from api.errors import Invalid
from api.temporal import Temporal
from models.values.period import BILLING_ZONE, local_day
from settings import Settings

LONGEST_KEY = 150


def utc_now() -> datetime:
    return datetime.now(UTC)


def version() -> str:
    """Return the version of the installed package."""
    return installed_version("aktum")


@dataclass(frozen=True)
class Engines:
    """The API's pools of connections to PostgreSQL."""

    queries: AsyncEngine  # short queries, read only
    exports: AsyncEngine  # long downloads, read only
    settings: AsyncEngine  # settings, users, orders, signatures and received webhooks: all that the API writes

    @classmethod
    def at(cls, url: str) -> "Engines":
        """Return engines for the database at `url`. They connect when they are first used."""
        return cls(create_engine(url, REGISTRY), create_engine(url, EXPORTS), create_engine(url, SETTINGS))

    async def ping(self) -> None:
        """Raise SQLAlchemyError when PostgreSQL does not answer."""
        async with self.queries.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def check_schema(self) -> None:
        """Raise SchemaOutdated when the database lacks migrations, and SQLAlchemyError when it does not answer."""
        async with self.queries.connect() as connection:
            await require_migrated(connection)

    async def close(self) -> None:
        for engine in (self.queries, self.exports, self.settings):
            await engine.dispose()


@dataclass(frozen=True)
class AppState:
    """What one running API holds for all domains."""

    settings: Settings
    engines: Engines
    temporal: Temporal
    archive: ArchiveAddresses
    attachments: Attachments
    bill_files: FileStore | None
    http: httpx.AsyncClient  # made once: it loads the certificates, which occupies the API for a moment
    started: datetime
    clock: Callable[[], datetime]

    @property
    def version(self) -> str:
        return version()

    @property
    def update_timeout(self) -> timedelta:
        """How long a request waits for the answer of a workflow."""
        return timedelta(seconds=self.settings.api.update_timeout_seconds)


async def app_state(request: Request) -> AppState:
    found = request.app.state.app_state
    assert isinstance(found, AppState)
    return found


StateDep = Annotated[AppState, Depends(app_state)]


async def now(state: StateDep) -> datetime:
    return state.clock()


NowDep = Annotated[datetime, Depends(now)]


async def today(moment: NowDep) -> date:
    """Return the day in Tashkent, where billing periods begin and end."""
    return local_day(moment, BILLING_ZONE)


TodayDep = Annotated[date, Depends(today)]


async def given_key(
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Repeat a request whose answer was lost with the same key; it is executed once.",
            examples=["5f1d3c9e-2d0c-4b44-9f0a-7f4f5a1c0b9e"],
            json_schema_extra={"pattern": f"^[!-~]([ -~]{{0,{LONGEST_KEY - 2}}}[!-~])?$"},
        ),
    ] = None,
) -> str | None:
    """Return the caller's key, None when the request has none. Raise Invalid when the key is not usable."""
    if key is None:
        return None
    if not 1 <= len(key.strip()) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid.at("Idempotency-Key", f"must be 1 to {LONGEST_KEY} printable ASCII characters")
    return key.strip()


GivenKeyDep = Annotated[str | None, Depends(given_key)]


async def idempotency_key(key: GivenKeyDep) -> str:
    """Return the caller's key, or a new one when the request has none."""
    return key or str(uuid4())


KeyDep = Annotated[str, Depends(idempotency_key)]
