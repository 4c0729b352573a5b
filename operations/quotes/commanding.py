"""`aktum quotes send`, `revise`, `withdraw` and `convert`: a command to one quote, and where the quote stands after it.

Exit codes: 0 done, 1 the API does not answer or refuses, 2 there is no such quote or a wrong argument.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Any

import typer
from rich.text import Text

from operations.api.quotes import QuotesApi, QuoteShown
from operations.connections import console
from operations.quotes.asking import ask, find
from operations.quotes.showing import state_of

Confirm = Callable[[QuoteShown], None]


def send(api: str | None, name: str, *, by_mail: bool, confirmed: bool) -> None:
    def confirm(quote: QuoteShown) -> None:
        to = ", ".join(quote.content.recipients) if by_mail else "nobody; only the document and the link are made"
        _ask_first(f"Send {quote.name}, {state_of(quote)}, to {to or 'nobody: it has no recipient'}?", confirmed)

    after = ask(api, lambda client: send_quote(client, name, by_mail=by_mail, confirm=confirm))
    _print(after)
    for link in after.links:
        if link.url and link.version == after.version:
            console.print(Text(link.url))


def revise(api: str | None, name: str, reason: str | None) -> None:
    body = {"reason": reason} if reason is not None else {}
    _print(ask(api, _command(name, "revise", body)))


def withdraw(api: str | None, name: str, reason: str, *, confirmed: bool) -> None:
    def confirm(quote: QuoteShown) -> None:
        _ask_first(f"Withdraw {quote.name}, {state_of(quote)}, for good?", confirmed)

    _print(ask(api, _command(name, "withdraw", {"reason": reason}, confirm)))


def convert(api: str | None, name: str, contract: str, first_day: date, *, as_schedule: bool) -> None:
    body = {
        "application_key": contract,
        "valid_from": first_day.isoformat(),
        "deal_as": "schedule" if as_schedule else "prices",
    }
    after = ask(api, _command(name, "convert", body))
    _print(after)
    console.print(f"The contract {contract} has its terms.")


async def send_quote(api: QuotesApi, name: str, *, by_mail: bool, confirm: Confirm | None = None) -> QuoteShown:
    """Send the quote at the revision that the person was asked about."""
    quote = await find(api, name)
    if confirm is not None:
        confirm(quote)
    body = {"expected_revision": quote.revision, "by_mail": by_mail}
    return QuoteShown.model_validate(await api.command(quote.id, "send", body))


async def command_quote(
    api: QuotesApi, name: str, command: str, body: Mapping[str, Any], confirm: Confirm | None = None
) -> QuoteShown:
    """Send the command to the quote and return it afterwards."""
    quote = await find(api, name)
    if confirm is not None:
        confirm(quote)
    return QuoteShown.model_validate(await api.command(quote.id, command, body))


def _command(
    name: str, command: str, body: Mapping[str, Any], confirm: Confirm | None = None
) -> Callable[[QuotesApi], Awaitable[QuoteShown]]:
    return lambda client: command_quote(client, name, command, body, confirm)


def _ask_first(question: str, confirmed: bool) -> None:
    """Ask, unless it is confirmed already. Exit code 1 if the answer is no."""
    if not confirmed:
        typer.confirm(question, abort=True)


def _print(quote: QuoteShown) -> None:
    console.print(Text(f"{quote.name} is {state_of(quote)}.", "green"))
