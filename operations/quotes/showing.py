"""`aktum quotes show`: one quote with its lines, versions, links, answer and effects."""

from collections.abc import Iterator

import typer
from rich.table import Table
from rich.text import Text

from operations.api.quotes import QuoteLine, QuoteShown
from operations.connections import ATTENTION, console
from operations.quotes.asking import ask, found, print_json


def show(api: str | None, name: str, *, as_json: bool) -> None:
    """Print the quote. Exit code 3 if an effect waits for a person."""
    data = ask(api, lambda client: found(client, name))
    quote = QuoteShown.model_validate(data)
    if as_json:
        print_json(data)
    else:
        print_quote(quote)
    if quote.waiting:
        raise typer.Exit(ATTENTION)


def print_quote(quote: QuoteShown) -> None:
    content = quote.content
    console.print(Text(f"{quote.name}  {content.title}", "bold"))
    console.print(Text(f"{content.customer.name}; id {quote.id}"))
    console.print(Text(state_of(quote)))
    console.print(lines_of(quote))
    for line in _totals(quote):
        console.print(Text(line))
    for line in _course(quote):
        console.print(Text(line))
    for each in quote.waiting:
        console.print(Text(f"{each.name} waits for a person: {each.error or each.state} ({each.key})", "yellow"))
    allowed = ", ".join(each.replace("_", " ") for each in quote.allowed_commands)
    console.print(Text(f"You may: {allowed or 'nothing'}.", "dim"))


def state_of(quote: QuoteShown) -> str:
    """Return one sentence on where the quote stands."""
    content = quote.content
    total = f"{content.totals.total_amount} {content.currency}"
    return f"{quote.status}, version {quote.version}, {total}, valid until {content.valid_until}"


def lines_of(quote: QuoteShown) -> Table:
    """Return the lines as a table."""
    names = ("Line", "Description", "Quantity", "Price", "Times", "Discount %", "Total", "")
    table = Table(*names, box=None, header_style="dim", pad_edge=False)
    for each in quote.content.lines:
        table.add_row(
            each.id,
            Text(each.description),
            Text(f"{each.quantity} {each.unit}".strip(), justify="right"),
            Text(each.unit_price, justify="right"),
            Text(str(each.times), justify="right"),
            Text(each.discount_percent, justify="right"),
            Text(each.total, justify="right"),
            Text(_option(each), "dim"),
        )
    return table


def _option(line: QuoteLine) -> str:
    if not line.optional:
        return ""
    return "optional, taken" if line.chosen else "optional"


def _totals(quote: QuoteShown) -> Iterator[str]:
    totals, currency = quote.content.totals, quote.content.currency
    yield f"Net {totals.net_amount}, tax {totals.tax_amount}, total {totals.total_amount} {currency}"
    if any(line.optional and not line.chosen for line in quote.content.lines):
        yield f"Options that are not taken: {totals.optional_amount} {currency}"


def _course(quote: QuoteShown) -> Iterator[str]:
    """Yield what has happened: versions, links, the answer, and the terms."""
    for version in quote.versions:
        sent = f"Version {version.version}: sent {version.sent.at} by {version.sent.by}, {version.total_amount}"
        yield f"{sent}, superseded {version.superseded_at}" if version.superseded_at else sent
    for link in quote.links:
        opened = f"opened {link.openings} times, last {link.last_opened_at}" if link.openings else "not opened"
        yield f"Link {link.number} of version {link.version}: {'revoked' if link.revoked else opened}"
        if link.url:
            yield f"  {link.url}"
    if accepted := quote.accepted:
        order = f", order {accepted.order_number}" if accepted.order_number else ""
        yield f"Accepted {accepted.at} by {accepted.accepted_by} ({accepted.position}){order}"
    if quote.declined:
        yield f"Declined {quote.declined.at} by {quote.declined.by}: {quote.declined.reason or 'no reason'}"
    if quote.withdrawn:
        yield f"Withdrawn {quote.withdrawn.at} by {quote.withdrawn.by}: {quote.withdrawn.reason or 'no reason'}"
    if quote.conversion:
        written = "has its terms" if quote.conversion.written else "gets its terms"
        yield f"The contract {quote.conversion.application_key} {written}"
