"""`aktum sign` as an accountant runs it, and a queue for it to sign."""

from typer.testing import CliRunner, Result

import cli
from tests.fixtures.signing_api import Aktum, document


def aktum(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli.app, ["sign", *words], input=typed)


def wait(api: Aktum, count: int) -> None:
    api.waiting = {f"id-{n}": document(n) for n in range(1, count + 1)}
