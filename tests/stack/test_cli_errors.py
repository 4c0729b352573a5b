"""What `aktum` says when a system is out of reach: the reason, and the setting or the command that helps here."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url
from temporalio.client import Client
from typer.testing import CliRunner

import cli
import settings
from tests.stack.conftest import clean_environment

START = "`aktum up` starts it"
NOBODY = "postgresql://aktum:hunter2@127.0.0.1:1/aktum"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without a stack, and nothing set."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AKTUM_HOME", str(tmp_path))
    monkeypatch.setattr(cli.console, "width", 300)
    monkeypatch.setattr(cli, "load", settings.load.__wrapped__)


def said(*words: str, typed: str | None = None) -> str:
    done = CliRunner().invoke(cli.app, words, input=typed)
    assert done.exit_code == 1, done.output
    return done.output


@pytest.mark.parametrize("words", [("explain", "ACT-1"), ("user", "add", "lena", "--role", "viewer")])
def test_postgres(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", NOBODY)
    told = said(*words, typed="a password of some length\n")
    assert "Connection refused" in told
    assert "Check DATABASE_URL." in told
    assert START not in told
    assert "hunter2" not in told


def test_a_database_that_is_not_there(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", wrong)
    told = said("explain", "ACT-1")
    assert 'database "nowhere" does not exist' in told
    assert "Check DATABASE_URL." in told


@pytest.mark.parametrize(("embedded", "advice"), [(True, START), (False, "Check AKTUM_TEMPORAL__ADDRESS.")])
def test_the_stack_is_named_only_where_there_is_one(
    embedded: bool, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "HAS_EMBEDDED_STACK", embedded)
    found = settings.Settings(temporal=settings.TemporalSettings(address="127.0.0.1:1"))
    monkeypatch.setattr(cli, "_settings", lambda: found)  # as if the default led nowhere
    assert advice in said("schedule", "describe")


def test_temporal_at_an_address_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", "127.0.0.1:1")
    told = said("schedule", "describe")
    assert "Check AKTUM_TEMPORAL__ADDRESS." in told
    assert START not in told


async def test_a_namespace_that_is_not_there(temporal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", temporal.service_client.config.target_host)
    monkeypatch.setenv("AKTUM_TEMPORAL__NAMESPACE", "nowhere")
    told = await asyncio.to_thread(said, "schedule", "describe")
    assert "Check AKTUM_TEMPORAL__NAMESPACE." in told
    assert "nowhere" in told


def test_settings_that_make_no_sense() -> None:
    env = {**clean_environment(), "AKTUM_LOG_LEVEL": "loud"}
    command = [sys.executable, "-m", "cli", "schedule", "describe"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "AKTUM_LOG_LEVEL: " in done.stderr
