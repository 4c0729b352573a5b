"""The `aktum` command: what an operator asks of a running Aktum. The embedded stack brings its own commands."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.util import find_spec
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError
from sqlmodel import col
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.database.engine import create_engine, sessions
from api.settings import users
from api.settings.store import AlreadyThere, SettingsStore
from models.access.roles import Role
from models.access.users import LONGEST_NAME, LONGEST_PASSWORD, SHORTEST_PASSWORD, NewUser
from models.billing.billing_run import DraftOutcome
from models.billing.explanation import Explanation, explain
from models.invoice.invoice import Invoice
from models.invoice.tables import InvoiceRow
from models.values.period import BILLING_ZONE, Period
from settings import Settings, load
from workflows.client import schedules
from workflows.client.billing_runs import RunState
from workflows.client.connection import connect
from workflows.client.errors import TemporalUnavailable

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Aktum: invoices as durable workflows.")
schedule = typer.Typer(no_args_is_help=True, help="The monthly schedule that drafts last month's invoices.")
app.add_typer(schedule, name="schedule")
user = typer.Typer(no_args_is_help=True, help="Who may log in.")
app.add_typer(user, name="user")
console = Console()

COMMAND_LINE = "the command line"
_USER_RULES = {
    "username": (
        f"The name must have {LONGEST_NAME} characters at the most, begin with a letter or digit, and hold nothing but "
        "letters, digits and . _ @ -"
    ),
    "password": f"The password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
}

# A production image comes without the embedded stack and its packages.
HAS_EMBEDDED_STACK = find_spec("chdb") is not None and find_spec("local") is not None
if HAS_EMBEDDED_STACK:
    from local.demo import command as demo_command
    from local.stack import commands as stack_commands
    from local.stack.state_directory import StateDirectory, read_json

    app.add_typer(stack_commands.app)
    app.add_typer(demo_command.app)


def _month(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}") from error


@app.command("explain")
def explain_invoice(
    invoice: Annotated[str, typer.Argument(help="Its number (ACT-1), its id, or its workflow id.")],
) -> None:
    """Print each amount of an invoice as line -> rule -> inputs. Exit code 3 when a sum does not agree."""
    try:
        found = asyncio.run(_find(invoice.strip()))
    except OperationalError as error:
        raise _out_of_reach("PostgreSQL", "database_url", "DATABASE_URL", str(error.orig)) from error
    if found is None:
        raise typer.BadParameter(f"there is no invoice {invoice!r}")
    explanation = explain(found.content)
    _print(found, explanation)
    if not explanation.agrees:
        raise typer.Exit(3)


@schedule.command("apply")
def schedule_apply() -> None:
    """Create or update the monthly schedule; a paused one stays paused."""
    created = _ask_temporal(schedules.apply)
    console.print(f"The monthly schedule was {'created' if created else 'updated'}.")


@schedule.command("describe")
def schedule_describe() -> None:
    """Show when it runs next and how its last runs went. Exit code 3 when it is paused or its last run failed."""
    found = _ask_temporal(schedules.describe)
    console.print(f"The monthly schedule {'is paused' if found.paused else 'runs'}. Note: {found.note or '–'}")
    if found.missed:
        console.print(f"{found.missed} times were missed for good; `aktum schedule backfill` makes up for them.")
    zone = ZoneInfo(BILLING_ZONE)
    for moment in (time.astimezone(zone) for time in found.next_times):
        console.print(f"  next: {moment:%Y-%m-%d %H:%M} for {Period.before(moment.date()).title}")
    console.print(_past_runs(found.past, zone))
    failed = bool(found.past and found.past[0].run and found.past[0].run.state is RunState.FAILED)
    if found.paused or failed:
        raise typer.Exit(3)


@schedule.command("trigger")
def schedule_trigger(
    period: Annotated[
        Period | None, typer.Option(parser=_month, metavar="YYYY-MM", help="This month instead of last month.")
    ] = None,
) -> None:
    """Make last month's drafts now, or those of another month. What is there already is left alone."""
    if period is not None:
        schedule_backfill(period, period)
        return
    _ask_temporal(schedules.trigger)
    console.print("Started. `aktum schedule describe` shows how far it is.")


@schedule.command("backfill")
def schedule_backfill(
    first: Annotated[Period, typer.Option("--from", parser=_month, metavar="YYYY-MM", help="The first month.")],
    last: Annotated[Period, typer.Option("--to", parser=_month, metavar="YYYY-MM", help="The last month.")],
) -> None:
    """Make the drafts of past months, one month after another. What is there already is left alone."""
    if last.start < first.start:
        raise typer.BadParameter(f"{last.label} is before {first.label}", param_hint="--to")
    try:
        started = _ask_temporal(lambda client: schedules.backfill(client, first, last))
    except schedules.MonthNotOver as error:
        raise typer.BadParameter(str(error)) from error
    console.print("Started, one after another:\n" + "\n".join(f"  {run_id}" for run_id in started))
    console.print("`aktum schedule describe` shows how far they are.")


@schedule.command("pause")
def schedule_pause(note: Annotated[str, typer.Option(help="Why, for those who come after you.")]) -> None:
    """Let the schedule make nothing until `unpause`. The times that pass meanwhile are not made up for."""
    _ask_temporal(lambda client: schedules.pause(client, note))
    console.print("Paused.")


@schedule.command("unpause")
def schedule_unpause(note: Annotated[str, typer.Option(help="Why.")] = "unpaused by `aktum schedule unpause`") -> None:
    """Let the schedule run again from its next time on."""
    _ask_temporal(lambda client: schedules.unpause(client, note))
    console.print("The schedule runs again. For the time that has passed: `aktum schedule backfill`.")


def _past_runs(past: Sequence[schedules.PastRun], zone: ZoneInfo) -> Table | str:
    if not past:
        return "It has not run yet."
    names = ("Scheduled", "Started", "Month", "State", "Created", "There", "Refused", "Pending", "To go", "")
    table = Table(*names, box=None, header_style="dim", pad_edge=False)
    for each in past:
        times = [f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (each.scheduled_at, each.started_at)]
        if each.run is None:
            table.add_row(*times, "", "forgotten")
            continue
        report = each.run.report
        counts = [str(len(report.of(outcome))) for outcome in DraftOutcome]
        table.add_row(*times, report.label, each.run.state, *counts, str(report.remaining), each.run.problem or "")
    return table


@user.command("add")
def user_add(
    username: Annotated[str, typer.Argument(help="Letters, digits and . _ @ -")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
) -> None:
    """Add a user. The password is asked for; where nobody can be asked, it is the first line of the standard input."""
    try:
        new = NewUser(username=username, role=role, password=SecretStr(_password()))
    except ValidationError as error:
        for place in sorted({str(each["loc"][0]) for each in error.errors()}):
            console.print(_USER_RULES[place], style="red")
        raise typer.Exit(1) from error
    try:
        asyncio.run(_add_user(new))
    except AlreadyThere as error:
        console.print(f"There is a user {new.username} already; an admin can change it in the settings.", style="red")
        raise typer.Exit(1) from error
    except OperationalError as error:
        raise _out_of_reach("PostgreSQL", "database_url", "DATABASE_URL", str(error.orig)) from error
    console.print(f"{new.username} may log in, as {new.role}.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


async def _add_user(new: NewUser) -> None:
    hashed = users.HASHER.hash(new.password.get_secret_value())
    store = SettingsStore.at(_settings().database_url.get_secret_value())
    try:
        async with store.writing(COMMAND_LINE) as transaction:
            await users.add(transaction, new.username, new.role, hashed)
    finally:
        await store.close()


def _settings() -> Settings:
    """What the environment says; where it is silent, the embedded stack of this folder."""
    settings = load()
    stack = read_json(StateDirectory.of().stack_file) if HAS_EMBEDDED_STACK else {}
    found: dict[str, object] = {}
    if stack and "database_url" not in settings.model_fields_set:
        found["database_url"] = SecretStr(stack["postgres"])
    if stack and "temporal" not in settings.model_fields_set:
        found["temporal"] = settings.temporal.model_copy(update={"address": stack["temporal"]})
    return settings.model_copy(update=found)


def _out_of_reach(system: str, field: str, variable: str, reason: str) -> typer.Exit:
    """Says so, and where to look: at the stack of this folder only when that is what was asked."""
    ours = HAS_EMBEDDED_STACK and field not in load().model_fields_set
    advice = "Is the stack running? `aktum up` starts it." if ours else f"Check {variable}."
    console.print(Text(f"{system} cannot be used: {reason.strip()}\n{advice}", "red"))
    return typer.Exit(1)


def _ask_temporal(question: Callable[[Client], Awaitable[T]]) -> T:
    """Exit code 1, with a word about it, when there is no answer."""

    async def ask() -> T:
        temporal = _settings().temporal
        key = temporal.api_key.get_secret_value() if temporal.api_key else None
        try:
            client = await connect(
                temporal.address,
                temporal.namespace,
                api_key=key,
                tls=temporal.tls,
                encryption_keys=temporal.key_ring,
            )
        except RuntimeError as error:  # all that the client says when it cannot connect
            raise TemporalUnavailable(temporal.address) from error
        return await question(client)

    try:
        return asyncio.run(ask())
    except RPCError as error:
        if error.message.startswith("Namespace "):
            raise _out_of_reach("Temporal", "temporal", "AKTUM_TEMPORAL__NAMESPACE", error.message) from error
        if error.status is not RPCStatusCode.NOT_FOUND:
            console.print(f"Temporal refuses: {error.message}", style="red")
        else:
            console.print("There is no monthly schedule yet; `aktum schedule apply` makes it.", style="red")
        raise typer.Exit(1) from error
    except TemporalUnavailable as error:
        raise _out_of_reach("Temporal", "temporal", "AKTUM_TEMPORAL__ADDRESS", str(error)) from error


async def _find(name: str) -> Invoice | None:
    engine = create_engine(_settings().database_url.get_secret_value())
    columns = (InvoiceRow.number, InvoiceRow.id, InvoiceRow.workflow_id)
    try:
        async with sessions(engine)() as session:
            named = or_(*(col(column).in_({name, name.upper()}) for column in columns))
            state = await session.scalar(select(InvoiceRow.state).where(named).limit(1))  # type: ignore[call-overload]
    finally:
        await engine.dispose()
    return None if state is None else Invoice.model_validate(state)


def _print(invoice: Invoice, explanation: Explanation) -> None:
    content, deal_type = invoice.content, invoice.content.service.deal_type
    title = f"{invoice.display_number or 'Draft'}: {content.customer.name}, {content.period.title}, {deal_type}"
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
        if isinstance(code, str):
            print(code, file=sys.stderr)  # noqa: T201 - as Python itself would
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal client's threads can abort an interpreter that shuts down; everything is stopped by now.
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
