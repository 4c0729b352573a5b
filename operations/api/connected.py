"""The API with the address and the token of the environment."""

from typing import TypeVar

import typer
from rich.text import Text

from operations.api.client import LOGIN, ApiClient
from operations.connections import console, signer_settings

C = TypeVar("C", bound=ApiClient)


def connected(kind: type[C], api: str | None) -> C:
    """Return this part of the API at the given address, else at that of the settings. Exit code 1 without a token."""
    given = signer_settings(api)
    if not given.token.get_secret_value():
        console.print(Text(LOGIN, "red"))
        raise typer.Exit(1)
    return kind(given.url, given.token)
