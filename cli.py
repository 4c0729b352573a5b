"""The `aktum` command: what an operator asks of a running Aktum. The embedded stack brings its own commands."""

import asyncio
import os
import sys
from importlib.util import find_spec
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from activities.database import create_engine, sessions
from models.explain import Explanation, explain
from models.invoice import Invoice
from models.tables import InvoiceRow
from settings import Settings, load
from workflows import schedules
from workflows.client import connect

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Aktum: invoices as durable workflows.")
schedule = typer.Typer(no_args_is_help=True, help="The monthly schedule that drafts last month's invoices.")
app.add_typer(schedule, name="schedule")
console = Console()

# A production image comes without the embedded stack and its packages.
HAS_EMBEDDED_STACK = find_spec("chdb") is not None and find_spec("local") is not None
if HAS_EMBEDDED_STACK:
    import local.commands
    import local.demo.command
    from local.home import Home, read_json

    app.add_typer(local.commands.app)
    app.add_typer(local.demo.command.app)


@app.command("explain")
def explain_invoice(
    invoice: Annotated[str, typer.Argument(help="Its number (ACT-1), its id, or its workflow id.")],
) -> None:
    """Print each amount of an invoice as line -> rule -> inputs. Exit code 1 when a sum does not agree."""
    try:
        found = asyncio.run(_find(invoice))
    except OperationalError as error:
        console.print("PostgreSQL does not answer. Is the stack running? `aktum up` starts it.", style="red")
        raise typer.Exit(1) from error
    if found is None:
        console.print(f"There is no invoice {invoice}.", style="red")
        raise typer.Exit(1)
    explanation = explain(found.content)
    _print(found, explanation)
    if not explanation.agrees:
        raise typer.Exit(1)


@schedule.command("apply")
def schedule_apply() -> None:
    """Create or update the monthly schedule; a paused one stays paused."""
    created = asyncio.run(_apply_schedule())
    console.print(f"The monthly schedule was {'created' if created else 'updated'}.")


def _settings() -> Settings:
    """What the environment says; where it is silent, the embedded stack of this folder."""
    settings = load()
    stack = read_json(Home.of().stack_file) if HAS_EMBEDDED_STACK else {}
    found: dict[str, object] = {}
    if stack and "database_url" not in settings.model_fields_set:
        found["database_url"] = SecretStr(stack["postgres"])
    if stack and "temporal" not in settings.model_fields_set:
        found["temporal"] = settings.temporal.model_copy(update={"address": stack["temporal"]})
    return settings.model_copy(update=found)


async def _apply_schedule() -> bool:
    temporal = _settings().temporal
    key = temporal.api_key.get_secret_value() if temporal.api_key else None
    client = await connect(temporal.address, temporal.namespace, api_key=key, tls=temporal.tls)
    return await schedules.apply(client)


async def _find(name: str) -> Invoice | None:
    engine = create_engine(_settings().database_url.get_secret_value())
    columns = (InvoiceRow.number, InvoiceRow.id, InvoiceRow.workflow_id)
    try:
        async with sessions(engine)() as session:
            named = or_(*(col(column) == name for column in columns))
            state = await session.scalar(select(InvoiceRow.state).where(named).limit(1))  # type: ignore[call-overload]
    finally:
        await engine.dispose()
    return None if state is None else Invoice.model_validate(state)


def _print(invoice: Invoice, explanation: Explanation) -> None:
    content = invoice.content
    title = f"{invoice.display_number or 'Draft'}: {content.customer.name}, {content.period.title}, {content.deal_type}"
    console.print(title, style="bold")
    lines = Table("Line", "Rule", "Inputs", "Calculation", "", box=None, header_style="dim", pad_edge=False)
    for line in explanation.lines:
        inputs = "\n".join(f"{name}: {value}" for name, value in line.inputs.items())
        style = "" if line.billed else "dim"
        lines.add_row(
            Text(f"{line.id} {line.description}", style),
            Text(f"{line.rule}: {line.rule_text}", style),
            Text(inputs, style),
            Text(line.formula, style),
            _mark(line.agrees),
        )
    console.print(lines)
    sums = Table("Sum", "of", "Amount", "", box=None, header_style="dim", pad_edge=False)
    for each in explanation.sums:
        sums.add_row(each.name, each.formula, f"{each.amount} {content.currency}", _mark(each.agrees))
    console.print(sums)
    agrees = explanation.agrees
    console.print("All sums agree." if agrees else "Not all sums agree.", style="green" if agrees else "red")


def _mark(agrees: bool) -> Text:
    return Text("✓", "green") if agrees else Text("✗", "red")


def main() -> None:
    code: int | str | None = 0
    try:
        app()
    except SystemExit as exit_:
        code = exit_.code
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal client's threads can abort an interpreter that shuts down; everything is stopped by now.
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
