"""The URL of PostgreSQL, as the worker, the API, the migrations and the embedded stack read it."""

from sqlalchemy import URL, make_url

_DRIVER = "postgresql+psycopg"
_ACCEPTED = frozenset({"postgres", "postgresql", _DRIVER})


def with_psycopg(url: str) -> str:
    """Return the URL with the driver that SQLAlchemy uses; `postgresql://` and `postgres://` are accepted, too.

    Raises ValueError for another scheme. The message names the scheme only, because the URL holds the password.
    """
    scheme, found, rest = url.partition("://")
    if not found:
        raise ValueError("the database's URL must look like postgresql://user:password@host:port/database")
    if scheme not in _ACCEPTED:
        raise ValueError(f"the database must be PostgreSQL (postgresql://...), not {scheme}://")
    return f"{_DRIVER}://{rest}"


def psycopg_url(url: str) -> URL:
    """Return the URL of `with_psycopg` as an object whose parts can be replaced."""
    return make_url(with_psycopg(url))
