"""The database's URL with parts that can be replaced, on its own so that nobody needs an engine for it."""

from sqlalchemy import URL, make_url

from models.database_url import with_psycopg


def psycopg_url(url: str) -> URL:
    return make_url(with_psycopg(url))
