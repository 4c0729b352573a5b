"""The factory of all PostgreSQL engines. An engine is a pool of connections with the limits of one `Profile`.

The profiles of the worker and of the API are listed below.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from activities.database.database_url import with_psycopg

# Marks a connection that may hold session-level advisory locks. The pool releases them when the connection returns.
HOLDS_LOCKS: Final = "holds_locks"

# Limits how long a process that dies in the middle of a transaction can hold its locks, and how long a query waits.
_WORKER_LIMITS: Final = (
    "-c timezone=UTC -c idle_in_transaction_session_timeout=30s -c statement_timeout=30s -c lock_timeout=15s"
)
# Plans are made for each query, because one generic plan fits neither a rare nor a frequent status. JIT is off, because
# compiling takes longer than reading a page of results.
_READ_ONLY: Final = (
    "-c timezone=UTC -c default_transaction_read_only=on -c plan_cache_mode=force_custom_plan -c jit=off"
)


@dataclass(frozen=True)
class Profile:
    """The limits of one kind of use of PostgreSQL. `options` are settings of each session."""

    application_name: str
    options: str
    pool_size: int
    max_overflow: int
    pool_timeout_seconds: int
    connect_timeout_seconds: int


WORKER: Final = Profile("aktum", _WORKER_LIMITS, 10, 10, pool_timeout_seconds=30, connect_timeout_seconds=10)
# An effect holds a connection, and its lock with it, until the vendor answers.
EFFECTS: Final = Profile("aktum", _WORKER_LIMITS, 20, 30, pool_timeout_seconds=30, connect_timeout_seconds=10)
# Writes of whole bills: COPY and set-based statements over a million lines. Few at once, so that the server keeps pace.
# A version that was just copied has no statistics, and nested loops over tens of thousands of rows would take minutes.
BULK: Final = Profile(
    "aktum-bulk",
    "-c timezone=UTC -c idle_in_transaction_session_timeout=60s -c statement_timeout=900s -c lock_timeout=60s "
    "-c enable_nestloop=off",
    4,
    2,
    pool_timeout_seconds=120,
    connect_timeout_seconds=10,
)
# A person waits for the API, so its limits are short.
REGISTRY: Final = Profile(
    "aktum-api", f"{_READ_ONLY} -c statement_timeout=5s", 10, 10, pool_timeout_seconds=5, connect_timeout_seconds=5
)
# A small pool, so that exports that are downloaded slowly leave connections for the pages. The time limit applies to
# one batch of rows.
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
    """Return an engine; it opens no connection before the first use. Raises ValueError for a URL of another system."""
    engine = create_async_engine(
        with_psycopg(url),
        pool_size=profile.pool_size,
        max_overflow=profile.max_overflow,
        pool_timeout=profile.pool_timeout_seconds,
        pool_pre_ping=True,
        hide_parameters=True,  # errors are logged and stored in Temporal, so they must not quote a client's data
        connect_args={
            "options": profile.options,
            "connect_timeout": profile.connect_timeout_seconds,
            "application_name": profile.application_name,
        },
    )
    event.listen(engine.sync_engine, "reset", _release_locks)
    return engine


def sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Return the factory of sessions whose objects stay readable after a commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


def _release_locks(connection: DBAPIConnection, entry: ConnectionPoolEntry, state: PoolResetState) -> None:
    """Release the advisory locks of a connection that returns to the pool, also after a failed or cancelled use.

    A lock that stays with an idle connection would block its effect for ever.
    """
    if not entry.info.pop(HOLDS_LOCKS, False) or state.terminate_only:
        return  # PostgreSQL releases the locks of a terminated connection
    cursor = connection.cursor()
    cursor.execute("SELECT pg_advisory_unlock_all()")
    cursor.close()
    connection.rollback()
