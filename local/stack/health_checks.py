"""The health checks. Each returns None, or the reason why the component does not work, within a few seconds."""

import subprocess

import httpx
import psycopg

SECONDS = 3


def check_http(url: str, *, auth: tuple[str, str] | None = None) -> str | None:
    try:
        response = httpx.get(url, auth=auth, timeout=SECONDS, trust_env=False)
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
    command = [program, "operator", "cluster", "health", "--address", address, "--command-timeout", f"{SECONDS}s"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    return None if outcome.returncode == 0 else outcome.stderr.strip() or "not serving"
