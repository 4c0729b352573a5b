"""The names, options and help of `aktum quotes`.

As in `cli.py`, each command imports the module that does its work when it is called.
"""

from datetime import datetime
from typing import Annotated

import typer

from models.quotes.quote.status import QuoteStatus

quotes_app = typer.Typer(
    no_args_is_help=True, help="List quotes, show one, send, revise, withdraw or convert it, and check all of them."
)
quote_app = typer.Typer(no_args_is_help=True, help="Continue a quote whose workflow is gone or has stopped.")

Api = Annotated[str | None, typer.Option("--api", metavar="URL", help="The address of Aktum's API; else AKTUM_URL.")]
Name = Annotated[str, typer.Argument(metavar="QUOTE", help="The number (Q-2026-7) or the id.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer of the API as JSON.")]
Confirmed = Annotated[bool, typer.Option("--yes", help="Do not ask before.")]


@quotes_app.command("list")
def quotes_list(
    api: Api = None,
    status: Annotated[list[QuoteStatus] | None, typer.Option(help="Only with this status; may be repeated.")] = None,
    client: Annotated[str | None, typer.Option(metavar="KEY", help="Only of the client with this key.")] = None,
    text: Annotated[str | None, typer.Option(help="Parts of the number, the title or the client's name.")] = None,
    blocked: Annotated[
        bool, typer.Option("--blocked", help="Only those in which an effect waits for a person.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List quotes, the newest first. Exit code 3 if an effect of one waits for a person.

    AKTUM_TOKEN holds your API key (`aktum key add`) or the token of a login. Exit code 1 if nothing could be listed.

    Examples: `aktum quotes list --status sent --status viewed`, `aktum quotes list --text acme --json`.
    """
    from operations.quotes import listing

    given: dict[str, str | list[str]] = {}
    if status:
        given["status"] = [each.value for each in status]
    given |= {name: value for name, value in (("customer_key", client), ("search", text)) if value is not None}
    if blocked:
        given["blocked"] = "true"
    listing.list_quotes(api, given, as_json=as_json)


@quotes_app.command("show")
def quotes_show(name: Name, api: Api = None, as_json: Json = False) -> None:
    """Show a quote: its lines and totals, versions, links, answer, and what may be done now.

    Exit code 3 if an effect waits for a person, 2 if there is no such quote, 1 if the API does not answer.
    """
    from operations.quotes import showing

    showing.show(api, name, as_json=as_json)


@quotes_app.command("send")
def quotes_send(
    name: Name,
    api: Api = None,
    no_mail: Annotated[
        bool, typer.Option("--no-mail", help="Only make the number, the document and the link; send no letter.")
    ] = False,
    confirmed: Confirmed = False,
) -> None:
    """Send a draft: it takes its number, and the client gets the PDF and the link. It asks before.

    The token must be that of a manager. Exit code 1 if the quote was not sent, 2 if there is no such quote.

    Examples: `aktum quotes send 5d7c1f0e-8a44-5c0a-9b57-2f1d6a3e4b10 --yes`, `aktum quotes send Q-2026-7 --no-mail`.
    """
    from operations.quotes import commanding

    commanding.send(api, name, by_mail=not no_mail, confirmed=confirmed)


@quotes_app.command("revise")
def quotes_revise(
    name: Name,
    api: Api = None,
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the history.")] = None,
) -> None:
    """Begin a new version of a sent quote. The sent one can no longer be accepted, and its link says so."""
    from operations.quotes import commanding

    commanding.revise(api, name, reason)


@quotes_app.command("withdraw")
def quotes_withdraw(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; it stands in the history.")],
    api: Api = None,
    confirmed: Confirmed = False,
) -> None:
    """Withdraw a quote for good. A number that it has taken stays with it. It asks before."""
    from operations.quotes import commanding

    commanding.withdraw(api, name, reason, confirmed=confirmed)


@quotes_app.command("convert")
def quotes_convert(
    name: Name,
    contract: Annotated[str, typer.Option(metavar="KEY", help="The contract that gets the terms.")],
    first_day: Annotated[
        datetime, typer.Option("--from", metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="The first day of the term.")
    ],
    api: Api = None,
    as_schedule: Annotated[
        bool, typer.Option("--schedule", help="Fixed amounts by date, in place of prices of the contract.")
    ] = False,
) -> None:
    """Make terms of a contract from an accepted quote: dated prices, or fixed amounts by date.

    Another division of the fixed amounts than the usual one is given in the desk or by the API.

    Example: `aktum quotes convert Q-2026-7 --contract app-12 --from 2026-04-01`.
    """
    from operations.quotes import commanding

    commanding.convert(api, name, contract, first_day.date(), as_schedule=as_schedule)


@quotes_app.command("check")
def quotes_check() -> None:
    """List the open quotes whose workflow is gone or stands elsewhere than recorded. Exit code 3 if there is one.

    It needs PostgreSQL and Temporal themselves, as all commands that check or restore.
    """
    from operations.quotes import restoring

    restoring.check()


@quote_app.command("restore")
def quote_restore(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="QUOTE...", help="Numbers (Q-2026-7), ids or workflow ids.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Restore every quote that `aktum quotes check` finds.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(help="Replace a workflow that runs, even if it answers as recorded, is ahead or does not answer."),
    ] = False,
) -> None:
    """Continue quotes from their recorded state, in a new run of the workflow. Nothing that was sent is repeated."""
    from operations.quotes import restoring

    restoring.restore_quotes(names, everything=everything, replace=replace)
