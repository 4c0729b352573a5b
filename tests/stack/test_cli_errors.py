"""The messages of `aktum` when a system is unavailable: the reason, and the setting or command to check."""

import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import make_url
from temporalio.client import Client
from typer.testing import CliRunner

import cli
import settings
from operations import connections
from tests.stack.conftest import clean_environment

pytestmark = pytest.mark.usefixtures("no_stack")

START = "`aktum up` starts it"
CLOSED_PORT = "postgresql://aktum:hunter2@127.0.0.1:1/aktum"


def failed_output(*words: str, typed: str | None = None) -> str:
    done = CliRunner().invoke(cli.app, words, input=typed)
    assert done.exit_code == 1, done.output
    return done.output


@pytest.mark.parametrize("words", [("explain", "ACT-1"), ("user", "add", "lena", "--role", "viewer")])
def test_postgres(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", CLOSED_PORT)
    output = failed_output(*words, typed="a password of some length\n")
    assert "Connection refused" in output
    assert "Check DATABASE_URL." in output
    assert START not in output
    assert "hunter2" not in output


def test_a_database_that_is_not_there(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", wrong)
    output = failed_output("explain", "ACT-1")
    assert 'database "nowhere" does not exist' in output
    assert "Check DATABASE_URL." in output


@pytest.mark.parametrize(("embedded", "advice"), [(True, START), (False, "Check AKTUM_TEMPORAL__ADDRESS.")])
def test_the_stack_is_named_only_if_it_is_installed(
    embedded: bool, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HAS_EMBEDDED_STACK", embedded)
    found = settings.Settings(temporal=settings.TemporalSettings(address="127.0.0.1:1"))
    monkeypatch.setattr(connections, "settings", lambda: found)  # as if nothing listened at the default address
    assert advice in failed_output("schedule", "describe")


def test_temporal_at_a_configured_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", "127.0.0.1:1")
    output = failed_output("schedule", "describe")
    assert "Check AKTUM_TEMPORAL__ADDRESS." in output
    assert START not in output


async def test_a_namespace_that_is_not_there(temporal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", temporal.service_client.config.target_host)
    monkeypatch.setenv("AKTUM_TEMPORAL__NAMESPACE", "nowhere")
    output = await asyncio.to_thread(failed_output, "schedule", "describe")
    assert "Check AKTUM_TEMPORAL__NAMESPACE." in output
    assert "nowhere" in output


def test_an_invalid_setting_is_named() -> None:
    env = {**clean_environment(), "AKTUM_LOG_LEVEL": "loud"}
    command = [sys.executable, "-m", "cli", "schedule", "describe"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "AKTUM_LOG_LEVEL: " in done.stderr
