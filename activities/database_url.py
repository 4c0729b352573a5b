"""The database's URL, on its own so that migrations need no asynchronous engine."""

from sqlalchemy import URL, make_url


def psycopg_url(url: str) -> URL:
    """The URL as SQLAlchemy wants it: hosts and people write `postgresql://` (or `postgres://`)."""
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "postgresql+psycopg":
        return parsed
    raise ValueError(f"the database must be PostgreSQL (postgresql://...), not {parsed.drivername}://")
