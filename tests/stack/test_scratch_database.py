"""The databases of the tests are dropped even if connections or an autovacuum still use them."""

from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from local.engines.postgres import SUPERUSER
from local.stack.credentials import Credentials
from local.stack.state_directory import StateDirectory
from tests.fixtures.postgres import scratch_database
from tests.stack.conftest import StartStack, wait_until

VACUUM_AT_ONCE = "ALTER SYSTEM SET autovacuum_naptime = '1s'"
FOR_LONG = "ALTER SYSTEM SET autovacuum_vacuum_cost_delay = '100ms'"
IN_SMALL_STEPS = "ALTER SYSTEM SET autovacuum_vacuum_cost_limit = 1"
AT_WORK = "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND datname = %s"
PRESENT = "SELECT 1 FROM pg_database WHERE datname = %s"


def superuser_url(directory: Path, url: str) -> str:
    password = Credentials.load(StateDirectory(directory)).postgres_superuser
    changed = make_url(url).set(username=SUPERUSER, password=password, database="postgres")
    return changed.render_as_string(hide_password=False)


def test_a_database_that_is_being_vacuumed_is_dropped(start_stack: StartStack, tmp_path: Path) -> None:
    url = start_stack("postgres").describe()["postgres"]
    with psycopg.connect(superuser_url(tmp_path / "state", url), autocommit=True) as superuser:
        for setting in (VACUUM_AT_ONCE, FOR_LONG, IN_SMALL_STEPS):
            superuser.execute(setting.encode())
        superuser.execute("SELECT pg_reload_conf()")
        with scratch_database(url) as (name, scratch_url):
            with psycopg.connect(scratch_url.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute("CREATE TABLE rows AS SELECT number FROM generate_series(1, 100000) number")
                connection.execute("DELETE FROM rows")
            wait_until(lambda: superuser.execute(AT_WORK, [name]).fetchone() is not None)
        assert superuser.execute(PRESENT, [name]).fetchone() is None


def test_a_database_with_an_open_connection_is_dropped(postgres_url: str) -> None:
    with scratch_database(postgres_url) as (name, url):
        open_connection = psycopg.connect(url.replace("+psycopg", ""))
    with psycopg.connect(postgres_url) as server:
        assert server.execute(PRESENT, [name]).fetchone() is None
    open_connection.close()
