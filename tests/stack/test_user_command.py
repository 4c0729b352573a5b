"""`aktum user add` states the rule of the field that it refuses."""

import pytest
from typer.testing import CliRunner

import cli
from models.access.users import LONGEST_NAME, LONGEST_PASSWORD, SHORTEST_PASSWORD
from operations import connections

NAME = ("name", "100")
PASSWORD = ("password", "12", "1000")


@pytest.mark.parametrize(
    ("name", "password", "words"),
    [
        ("x" * (LONGEST_NAME + 1), "p" * SHORTEST_PASSWORD, NAME),
        ("-x", "p" * SHORTEST_PASSWORD, NAME),
        ("lena", "p" * (LONGEST_PASSWORD + 1), PASSWORD),
        ("lena", "p" * (SHORTEST_PASSWORD - 1), PASSWORD),
        ("lena", "p" * SHORTEST_PASSWORD, ("password", "easy to guess")),
        ("gulnora.karimova", "Gulnora.Karimova", ("password", "easy to guess")),
    ],
)
def test_both_bounds_are_named(
    name: str, password: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections.console, "width", 300)
    done = CliRunner().invoke(cli.app, ["user", "add", "--role", "viewer", "--", name], input=f"{password}\n")
    assert done.exit_code == 1
    assert all(word in done.output for word in words), done.output


def test_an_invalid_month() -> None:
    done = CliRunner().invoke(cli.app, ["schedule", "trigger", "--period", "2026-13"])
    assert done.exit_code == 2
    assert "must be a month such as 2026-02" in " ".join(done.output.replace("│", " ").split())
