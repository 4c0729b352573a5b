"""`aktum` imports only what the command at hand needs."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.stack.conftest import clean_environment

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FOR_EVERY_COMMAND = {"typer", "rich", "pydantic"}  # typer reads options with pydantic


def dependencies() -> set[str]:
    """Return the import names of what pyproject.toml requires, except what typer itself needs."""
    lines = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["local"]]
    names = {line.split(">")[0].split("=")[0].split("[")[0].lower() for line in lines} - FOR_EVERY_COMMAND
    return {
        package
        for package, distributions in packages_distributions().items()
        if names & {each.lower() for each in distributions}
    }


def imported(tmp_path: Path, *words: str, **environment: str) -> set[str]:
    """Run `aktum` and return the top-level names of the modules that it imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cli", *words],
        cwd=ROOT,
        env={**clean_environment(), "AKTUM_HOME": str(tmp_path), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in lines}


def test_the_dependencies_are_known_by_their_import_names() -> None:
    assert dependencies() >= {"temporalio", "sqlalchemy", "fastapi", "plutoprint", "boto3", "chdb"}


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), (), ("schedule", "--help"), ("invoice", "restore", "--help"), ("up", "--help")],
)
def test_help_and_version_import_no_dependency(words: tuple[str, ...], tmp_path: Path) -> None:
    names = imported(tmp_path, *words)
    assert "typer" in names
    assert names & dependencies() == set()


@pytest.mark.parametrize(
    ("words", "needed", "unneeded"),
    [
        (("schedule", "describe"), {"temporalio"}, {"sqlalchemy", "fastapi", "boto3", "plutoprint"}),
        (("key", "list"), {"sqlalchemy"}, {"boto3", "plutoprint"}),
        (("audit", "verify"), {"sqlalchemy"}, {"fastapi", "boto3", "plutoprint"}),
        (("status",), {"psutil"}, {"sqlalchemy", "fastapi", "plutoprint"}),
    ],
)
def test_a_command_imports_what_it_needs(
    words: tuple[str, ...], needed: set[str], unneeded: set[str], tmp_path: Path
) -> None:
    closed = {"DATABASE_URL": "postgresql://aktum@127.0.0.1:1/aktum", "AKTUM_TEMPORAL__ADDRESS": "127.0.0.1:1"}
    names = imported(tmp_path, *words, **closed)
    assert needed <= names
    assert names & unneeded == set()


def test_the_version_is_that_of_the_project() -> None:
    done = subprocess.run([sys.executable, "-m", "cli", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"aktum {PROJECT['version']}\n")
