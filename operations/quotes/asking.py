"""What the commands of quotes share: the request to the API, and what is printed if it fails."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import typer
from rich.text import Text

from operations.api.client import ApiRefused, ApiUnavailable
from operations.api.connected import connected
from operations.api.quotes import QuotesApi, QuoteShown
from operations.connections import console

T = TypeVar("T")


def ask(api: str | None, request: Callable[[QuotesApi], Awaitable[T]]) -> T:
    """Return the result of the request. Exit code 1 if the API does not answer or refuses, without a token too."""

    async def run() -> T:
        async with connected(QuotesApi, api) as client:
            return await request(client)

    try:
        return asyncio.run(run())
    except ApiUnavailable as error:
        console.print(Text(f"Aktum does not answer: {error}", "red"))
        raise typer.Exit(1) from error
    except ApiRefused as error:
        console.print(Text(f"Aktum refuses: {error}", "red"))
        raise typer.Exit(1) from error


async def found(api: QuotesApi, name: str) -> dict[str, Any]:
    """Return the quote with this number or id. Exit code 2 if there is none."""
    quote = await api.quote(name.strip())
    if quote is None:
        raise typer.BadParameter(f"there is no quote {name}", param_hint="QUOTE")
    return quote


async def find(api: QuotesApi, name: str) -> QuoteShown:
    return QuoteShown.model_validate(await found(api, name))


def print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
