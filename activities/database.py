"""The engine: one pool of PostgreSQL connections for a process, with the limits that keep a lost client harmless."""

from typing import Final

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from models.database_url import with_psycopg

# A worker that dies in the middle of a transaction holds its locks no longer than this, and no query waits for ever.
LIMITS: Final = (
    "-c timezone=UTC -c idle_in_transaction_session_timeout=30s -c statement_timeout=30s -c lock_timeout=15s"
)

# A connection with this mark may hold session-level advisory locks. The pool takes them away when it gets it back.
HOLDS_LOCKS: Final = "holds_locks"


def create_engine(url: str, *, pool_size: int = 10, max_overflow: int = 10) -> AsyncEngine:
    engine = create_async_engine(
        with_psycopg(url),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_pre_ping=True,
        hide_parameters=True,  # an error is kept in Temporal and in logs: it may not quote a client's data
        connect_args={"options": LIMITS, "connect_timeout": 10, "application_name": "aktum"},
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
