"""The one factory of PostgreSQL engines: a pool of connections with the limits of the process that uses it.

Who uses a pool for what is a `Profile`; worker, API and command line name one of those below.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from activities.database.database_url import with_psycopg

# A connection with this mark may hold session-level advisory locks. The pool takes them away when it gets it back.
HOLDS_LOCKS: Final = "holds_locks"

# A process that dies in the middle of a transaction holds its locks no longer than this, and no query waits for ever.
_WORKER_LIMITS: Final = (
    "-c timezone=UTC -c idle_in_transaction_session_timeout=30s -c statement_timeout=30s -c lock_timeout=15s"
)
# A plan made once for all values would suit neither a rare status nor a common one; compiling takes longer than a page.
_READ_ONLY: Final = (
    "-c timezone=UTC -c default_transaction_read_only=on -c plan_cache_mode=force_custom_plan -c jit=off"
)


@dataclass(frozen=True)
class Profile:
    """What one kind of use may take of PostgreSQL. `options` are settings of each session."""

    application_name: str
    options: str
    pool_size: int
    max_overflow: int
    pool_timeout_seconds: int
    connect_timeout_seconds: int


WORKER: Final = Profile("aktum", _WORKER_LIMITS, 10, 10, pool_timeout_seconds=30, connect_timeout_seconds=10)
# An effect holds a connection, and with it its lock, for as long as the vendor takes to answer.
EFFECTS: Final = Profile("aktum", _WORKER_LIMITS, 20, 30, pool_timeout_seconds=30, connect_timeout_seconds=10)
# Somebody waits for the answer of the API, so the limits of its pools are short.
REGISTRY: Final = Profile(
    "aktum-api", f"{_READ_ONLY} -c statement_timeout=5s", 10, 10, pool_timeout_seconds=5, connect_timeout_seconds=5
)
# Few at once, so that exports that are downloaded slowly leave connections for the pages; the limit is for one batch.
EXPORTS: Final = Profile(
    "aktum-api", f"{_READ_ONLY} -c statement_timeout=60s", 4, 0, pool_timeout_seconds=5, connect_timeout_seconds=5
)
SETTINGS: Final = Profile(
    "aktum-settings",
    "-c timezone=UTC -c statement_timeout=10s -c idle_in_transaction_session_timeout=30s",
    3,
    5,
    pool_timeout_seconds=5,
    connect_timeout_seconds=5,
)


def create_engine(url: str, profile: Profile = WORKER) -> AsyncEngine:
    engine = create_async_engine(
        with_psycopg(url),
        pool_size=profile.pool_size,
        max_overflow=profile.max_overflow,
        pool_timeout=profile.pool_timeout_seconds,
        pool_pre_ping=True,
        hide_parameters=True,  # errors are logged and kept in Temporal: they may not quote a client's data
        connect_args={
            "options": profile.options,
            "connect_timeout": profile.connect_timeout_seconds,
            "application_name": profile.application_name,
        },
    )
    event.listen(engine.sync_engine, "reset", _release_locks)
    return engine


def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False)


def _release_locks(connection: DBAPIConnection, entry: ConnectionPoolEntry, state: PoolResetState) -> None:
    """Also after a cancelled or failed use, or the lock would stay with an idle connection and block everyone."""
    if not entry.info.pop(HOLDS_LOCKS, False) or state.terminate_only:
        return  # a terminated connection takes its locks with it
    cursor = connection.cursor()
    cursor.execute("SELECT pg_advisory_unlock_all()")
    cursor.close()
    connection.rollback()
