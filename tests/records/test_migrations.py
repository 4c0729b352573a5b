"""The migrations make exactly the tables of models/tables.py, and can be taken back."""

from collections.abc import Callable

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlmodel import SQLModel

from activities import database
from activities.database_url import psycopg_url
from api.registry import Registry
from api.settings_store.store import SettingsStore
from models import tables
from models.database_url import with_psycopg
from tests.fixtures.postgres import alembic_config


def test_the_migrations_and_the_tables_agree(database_url: str) -> None:
    engine = create_engine(psycopg_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_the_guard_against_invoicing_twice_covers_what_is_alive(database_url: str) -> None:
    """Alembic does not compare an index's WHERE, and on this one money depends."""
    engine = create_engine(psycopg_url(database_url))
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT indexdef FROM pg_indexes WHERE indexname = :name"), {"name": tables.ONE_INVOICE_A_PERIOD}
        )
    engine.dispose()
    assert found.startswith("CREATE UNIQUE INDEX")
    assert "(application_key, period_start, period_end)" in found
    assert "kind = 'service'" in found
    assert "'void'" in found
    assert "'discarded'" in found


def test_down_and_up_again(empty_database_url: str) -> None:
    config = alembic_config(empty_database_url)
    engine = create_engine(psycopg_url(empty_database_url))

    command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}

    command.upgrade(config, "head")
    assert set(SQLModel.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


@pytest.mark.parametrize("url", ["postgres://u:p@h:1/d", "postgresql://u:p@h:1/d", "postgresql+psycopg://u:p@h:1/d"])
def test_every_usual_spelling_of_the_url_is_understood(url: str) -> None:
    assert with_psycopg(url) == "postgresql+psycopg://u:p@h:1/d"
    assert psycopg_url(url).render_as_string(hide_password=False) == "postgresql+psycopg://u:p@h:1/d"


@pytest.mark.parametrize("url", ["mysql://u:hunter2@h:1/d", "postgresql+asyncpg://u:hunter2@h:1/d", "u:hunter2@h"])
@pytest.mark.parametrize("connect", [database.create_engine, Registry.at, SettingsStore.at])
def test_another_database_is_refused_by_all_who_connect(connect: Callable[[str], object], url: str) -> None:
    with pytest.raises(ValueError, match=r"^the database('s URL)? must (be PostgreSQL|look like)") as refused:
        connect(url)
    assert "hunter2" not in str(refused.value)
