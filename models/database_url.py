"""The address of PostgreSQL, as the worker, the API and the migrations read it: one rule for all who connect."""

_NEEDED = "postgresql+psycopg"
_MEANT = frozenset({"postgres", "postgresql", _NEEDED})


def with_psycopg(url: str) -> str:
    """Names the driver that SQLAlchemy is to use: hosts and people write `postgresql://` (or `postgres://`).

    Raises ValueError, without the rest of the URL: it holds the password.
    """
    scheme, found, rest = url.partition("://")
    if not found:
        raise ValueError("the database's URL must look like postgresql://user:password@host:port/database")
    if scheme not in _MEANT:
        raise ValueError(f"the database must be PostgreSQL (postgresql://...), not {scheme}://")
    return f"{_NEEDED}://{rest}"
