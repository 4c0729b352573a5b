"""Worker and API refuse a database that lacks migrations, with a message that says what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from activities.database import engine as database
from activities.database import schema
from activities.database.database_url import psycopg_url
from activities.database.schema import SchemaOutdated
from tests.fixtures.postgres import alembic_config

ROOT = Path(__file__).parents[2]
HEAD = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
PROCESSES = {
    "worker": [sys.executable, "-m", "worker"],
    "api": [sys.executable, "-m", "uvicorn", "--factory", "api.app:from_environment", "--port", "0"],
}


def run_sql(url: str, statement: str) -> None:
    engine = create_engine(psycopg_url(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


async def judged(url: str) -> None:
    engine = database.create_engine(url)
    try:
        async with engine.connect() as connection:
            await schema.require_migrated(connection)
    finally:
        await engine.dispose()


async def test_a_migrated_database(empty_database_url: str) -> None:
    schema.require_migrated_at(empty_database_url)
    await judged(empty_database_url)


async def test_an_earlier_revision(empty_database_url: str) -> None:
    command.downgrade(alembic_config(empty_database_url), "0003")
    with pytest.raises(SchemaOutdated, match=f"at revision 0003, and this release needs {HEAD}"):
        await judged(empty_database_url)
    with pytest.raises(SchemaOutdated, match="alembic upgrade head"):
        schema.require_migrated_at(empty_database_url)


async def test_a_database_without_a_schema(empty_database_url: str) -> None:
    run_sql(empty_database_url, "DROP TABLE alembic_version")
    with pytest.raises(SchemaOutdated, match="has no schema"):
        schema.require_migrated_at(empty_database_url)
    with pytest.raises(SchemaOutdated, match="has no schema"):
        await judged(empty_database_url)


async def test_a_database_of_a_newer_release_is_accepted(empty_database_url: str) -> None:
    run_sql(empty_database_url, "UPDATE alembic_version SET version_num = '9999'")
    schema.require_migrated_at(empty_database_url)
    await judged(empty_database_url)


def test_a_database_that_does_not_answer_is_not_judged() -> None:
    schema.require_migrated_at("postgresql://aktum:hunter2@127.0.0.1:1/aktum")


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_does_not_start(empty_database_url: str, process: str) -> None:
    run_sql(empty_database_url, "UPDATE alembic_version SET version_num = '0003'")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AKTUM_")}
    environment = {
        **plain,
        "DATABASE_URL": empty_database_url,
        "AKTUM_AUTH__JWT_SECRET": "a secret for tests that is long enough",
    }
    done = subprocess.run(
        PROCESSES[process], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode != 0
    assert "Run `alembic upgrade head` first." in done.stderr
    assert "Traceback" not in done.stderr
