"""The address of PostgreSQL, read by one rule for the worker, the API, the migrations and the embedded stack."""

from sqlalchemy import URL, make_url

_NEEDED = "postgresql+psycopg"
_MEANT = frozenset({"postgres", "postgresql", _NEEDED})


def with_psycopg(url: str) -> str:
    """Return the URL with the driver that SQLAlchemy uses; hosts and people write `postgresql://` or `postgres://`.

    Raises ValueError, without the rest of the URL: it holds the password.
    """
    scheme, found, rest = url.partition("://")
    if not found:
        raise ValueError("the database's URL must look like postgresql://user:password@host:port/database")
    if scheme not in _MEANT:
        raise ValueError(f"the database must be PostgreSQL (postgresql://...), not {scheme}://")
    return f"{_NEEDED}://{rest}"


def psycopg_url(url: str) -> URL:
    """Return the URL of `with_psycopg` in parts that can be replaced."""
    return make_url(with_psycopg(url))
