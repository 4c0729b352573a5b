"""`aktum key`: makes, lists and revokes API keys without the API."""

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner, Result

import cli
import settings
from operations import connections

PASSWORD = "lamp river forty socks"


@pytest.fixture
def _database(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setattr(connections.console, "width", 300)
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


def aktum(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, words, input=typed)


@pytest.mark.usefixtures("_database")
def test_a_key_is_made_listed_and_revoked() -> None:
    assert aktum("user", "add", "anna", "--role", "admin", typed=f"{PASSWORD}\n").exit_code == 0
    made = aktum("key", "add", "accounting", "--role", "editor", "--owner", "anna", "--days", "30")
    assert made.exit_code == 0, made.output
    secret = made.output.split()[-1]
    assert secret.startswith("aktum_")

    taken = aktum("key", "add", "ACCOUNTING", "--role", "editor", "--owner", "anna")
    assert (taken.exit_code, "accounting exists already" in taken.output) == (1, True)
    listed = aktum("key", "list").output
    [row] = [line for line in listed.splitlines() if "accounting" in line]
    key_id = row.split()[0]
    assert row.split()[1:5] == ["accounting", secret[:12], "editor", "anna"]
    assert secret not in listed

    assert aktum("key", "revoke", key_id).exit_code == 0
    again = aktum("key", "revoke", key_id)
    assert (again.exit_code, "revoked already" in again.output) == (1, True)


@pytest.mark.usefixtures("_database")
@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("a b", "--role", "viewer", "--owner", "anna"), "name must have at most 50"),
        (("bank", "--role", "viewer", "--owner", "anna", "--days", "0"), "1 to 366"),
        (("bank", "--role", "viewer", "--owner", "anna", "--days", "367"), "1 to 366"),
        (("bank", "--role", "viewer", "--owner", "nobody"), "there is no active user nobody"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], reason: str) -> None:
    refused = aktum("key", "add", *words)
    assert refused.exit_code == 1
    assert reason in refused.output
