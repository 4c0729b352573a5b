"""`aktum quotes list`: the quotes as a table."""

from collections.abc import Sequence

import typer
from rich.table import Table
from rich.text import Text

from operations.api.quotes import Filters, QuoteListed
from operations.connections import ATTENTION, console
from operations.quotes.asking import ask, print_json


def list_quotes(api: str | None, filters: Filters, *, as_json: bool) -> None:
    """Print the quotes. Exit code 3 if an effect of one waits for a person."""
    rows = ask(api, lambda client: client.quotes(filters))
    quotes = [QuoteListed.model_validate(row) for row in rows]
    if as_json:
        print_json(rows)
    elif quotes:
        console.print(table_of(quotes))
    else:
        console.print("There is no such quote.")
    blocked = [each for each in quotes if each.blocked]
    if blocked and not as_json:
        names = ", ".join(each.name for each in blocked)
        console.print(Text(f"An effect waits for a person: {names}. `aktum quotes show` names it.", "yellow"))
    if blocked:
        raise typer.Exit(ATTENTION)


def table_of(quotes: Sequence[QuoteListed]) -> Table:
    """Return the quotes as a table. A quote without a number is named by its id."""
    names = ("Quote", "Status", "Version", "Client", "Title", "Total", "", "Valid until", "")
    table = Table(*names, box=None, header_style="dim", pad_edge=False)
    for each in quotes:
        mark = "blocked" if each.blocked else "converted" if each.converted else ""
        table.add_row(
            Text(each.name, no_wrap=True),
            each.status,
            str(each.version),
            Text(each.customer_name),
            Text(each.title),
            Text(each.total_amount, no_wrap=True, justify="right"),
            each.currency,
            Text(each.valid_until, no_wrap=True),
            Text(mark, "yellow" if each.blocked else "dim"),
        )
    return table
