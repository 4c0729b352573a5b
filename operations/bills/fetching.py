"""`aktum bills fetch`: starts the fetch of a month for each account."""

import typer
from temporalio.client import Client

from models.values.period import Period
from operations import connections
from operations.connections import console
from operations.temporal import run_on_temporal
from workflows.bills.messages import FetchStart
from workflows.client import bills


def fetch(month: str, account: str | None) -> None:
    """Start the fetch and print the ids of the workflows. Exit code 1 if no account is configured."""
    try:
        label = Period.parse(month).label
    except ValueError as error:
        raise typer.BadParameter(f"{month!r} {error}", param_hint="YYYY-MM") from error
    known = connections.settings().digitalocean.accounts
    if account is not None and account not in known:
        raise typer.BadParameter(f"{account} has no token; known are: {', '.join(known) or 'none'}")
    if not known:
        console.print("No account is configured; set AKTUM_DIGITALOCEAN__TOKEN.", style="red")
        raise typer.Exit(1)

    async def start(client: Client) -> list[str]:
        chosen = [account] if account else list(known)
        return [(await bills.fetch(client, FetchStart(account=each, month=label))).id for each in chosen]

    for workflow_id in run_on_temporal(start):
        console.print(f"{workflow_id} has started.")
