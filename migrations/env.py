"""Run the migrations on the database of the settings, or on the one in `config.attributes["database_url"]`."""

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

import models.tables  # noqa: F401  (registers all tables with SQLModel)
import settings
from activities.database.database_url import with_psycopg

# The lock prevents two releases that start at the same time from migrating at the same time.
MIGRATION_LOCK = 7_309_630_523


def migrate() -> None:
    url = context.config.attributes.get("database_url") or settings.load().database_url.get_secret_value()
    engine = create_engine(with_psycopg(url))
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_server_default=True)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            context.run_migrations()
    engine.dispose()


def print_sql() -> None:
    context.configure(dialect_name="postgresql", target_metadata=SQLModel.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


print_sql() if context.is_offline_mode() else migrate()
