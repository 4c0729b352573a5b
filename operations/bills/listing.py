"""`aktum bills list`: the bills as a table."""

import asyncio
from collections.abc import Mapping

import typer
from rich.text import Text

from operations.api.bills import BillRow
from operations.api.client import ApiRefused, ApiUnavailable
from operations.bills.importing import bill_table, connected
from operations.connections import ATTENTION, console


def list_bills(api: str | None, filters: Mapping[str, str]) -> None:
    """Print the bills. Exit code 3 if one does not add up, or finance has refused it."""
    try:
        found = asyncio.run(_bills(api, filters))
    except (ApiRefused, ApiUnavailable) as error:
        console.print(Text(f"The bills cannot be listed: {error}", "red"))
        raise typer.Exit(1) from error
    if not found:
        console.print("There is no such bill.")
        return
    console.print(bill_table(found))
    wrong = [each for each in found if not each.adds_up or each.finance.state == "failed"]
    for each in wrong:
        reason = each.finance.note if each.finance.state == "failed" else "it does not add up"
        console.print(Text(f"{each.name}: {reason}", "yellow"))
    if wrong:
        raise typer.Exit(ATTENTION)


async def _bills(api: str | None, filters: Mapping[str, str]) -> list[BillRow]:
    async with connected(api) as client:
        return await client.bills(filters)
