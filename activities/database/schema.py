"""The revision of the database's schema, compared with the one that this release needs."""

from functools import cache
from pathlib import Path
from typing import Final

import psycopg
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.database.database_url import psycopg_url

MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"
CONNECT_SECONDS: Final = 5
_REVISION: Final = "SELECT version_num FROM alembic_version"


class SchemaOutdated(Exception):
    """The database lacks migrations; the message says which and how to run them."""


async def require_migrated(connection: AsyncConnection) -> None:
    """Raise SchemaOutdated if the database lacks migrations of this release."""
    try:
        revision = await connection.scalar(text(_REVISION))
    except ProgrammingError:  # the table does not exist
        revision = None
    _check(revision)


def require_migrated_at(url: str) -> None:
    """Raise SchemaOutdated if the database at the URL lacks migrations. One that does not answer is not judged."""
    try:
        plain = psycopg_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, connect_timeout=CONNECT_SECONDS) as connection:
            found = connection.execute(_REVISION).fetchone()
    except psycopg.errors.UndefinedTable:
        found = None
    except psycopg.OperationalError:
        return
    _check(found[0] if found else None)


def _check(revision: str | None) -> None:
    """Raise SchemaOutdated for an earlier revision.

    An unknown one belongs to a newer release: its migrations run before this release is replaced.
    """
    known, head = _revisions()
    if revision == head or (revision is not None and revision not in known):
        return
    at = f"is at revision {revision}" if revision else "has no schema"
    raise SchemaOutdated(f"The database {at}, and this release needs {head}. Run `alembic upgrade head` first.")


@cache
def _revisions() -> tuple[frozenset[str], str]:
    scripts = ScriptDirectory(str(MIGRATIONS))
    head = scripts.get_current_head()
    assert head is not None, "there are migrations"
    return frozenset(script.revision for script in scripts.walk_revisions()), head
