"""The health checks. Each returns None, or the reason why the component does not work, within a few seconds."""

import socket
import subprocess
from functools import cache

import httpx
import psycopg

SECONDS = 3


@cache
def _http() -> httpx.Client:
    """Return the client of all checks: to make one loads the certificates, which takes longer than a check.

    Each check opens a connection, so that none succeeds on one that was opened before the component hung.
    """
    return httpx.Client(timeout=SECONDS, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


def check_http(url: str, *, auth: tuple[str, str] | None = None) -> str | None:
    try:
        response = _http().get(url, auth=auth)
    except httpx.HTTPError as error:
        return f"{url}: {error or type(error).__name__}"
    return None if response.is_success else f"{url} answers {response.status_code}"


def check_postgres(url: str) -> str | None:
    try:
        with psycopg.connect(url, connect_timeout=SECONDS) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        return str(error).strip()
    return None


def check_temporal(program: str, address: str) -> str | None:
    """Ask the server with Temporal's command, which is a large program, so only when the port is open."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=SECONDS).close()
    except OSError as error:
        return f"{address}: {error}"
    command = [program, "operator", "cluster", "health", "--address", address, "--command-timeout", f"{SECONDS}s"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    return None if outcome.returncode == 0 else outcome.stderr.strip() or "not serving"
