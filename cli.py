"""The `aktum` command: the commands of operators, and those of the embedded stack where it is installed.

This module declares their names, options and help. Each command imports the module that does its work when it is
called, because the clients of PostgreSQL, Temporal and the archive take seconds to import.
"""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from operations import access_commands
from operations.bills.commands import bills_app
from operations.embedded import HAS_EMBEDDED_STACK
from operations.quotes.commands import quote_app, quotes_app

app = typer.Typer(no_args_is_help=True, add_completion=False)
schedule_app = typer.Typer(no_args_is_help=True, help="Manage the monthly billing run and the nightly archive sweep.")
invoices_app = typer.Typer(no_args_is_help=True, help="Check all invoices.")
invoice_app = typer.Typer(no_args_is_help=True, help="Continue an invoice whose workflow is gone or has stopped.")
acts_app = typer.Typer(no_args_is_help=True, help="Look at the acts in Didox.")
archive_app = typer.Typer(no_args_is_help=True, help="Manage the archive of the PDFs.")
audit_app = typer.Typer(no_args_is_help=True, help="Verify the audit trails.")
projection_app = typer.Typer(no_args_is_help=True, help="Rebuild the read model.")
telegram_app = typer.Typer(no_args_is_help=True, help="Check the chats of the notices in Telegram.")

app.add_typer(schedule_app, name="schedule")
app.add_typer(invoices_app, name="invoices")
app.add_typer(invoice_app, name="invoice")
app.add_typer(acts_app, name="acts")
app.add_typer(archive_app, name="archive")
app.add_typer(audit_app, name="audit")
app.add_typer(projection_app, name="projection")
if HAS_EMBEDDED_STACK:
    from local import commands as stack_commands

    app.add_typer(stack_commands.app)
app.add_typer(access_commands.user_app, name="user")
app.add_typer(access_commands.key_app, name="key")
app.add_typer(telegram_app, name="telegram")
app.add_typer(bills_app, name="bills")
app.add_typer(quotes_app, name="quotes")
app.add_typer(quote_app, name="quote")


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"aktum {version('aktum')}")
        raise typer.Exit


@app.callback()
def aktum(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Aktum issues invoices as durable workflows."""


@app.command("explain")
def explain_invoice(
    name: Annotated[str, typer.Argument(metavar="INVOICE", help="The number (ACT-1), the id or the workflow id.")],
) -> None:
    """Print each amount of an invoice as line -> rule -> inputs. Exit code 3 if a sum does not agree."""
    from operations import explain

    explain.explain_invoice(name)


@app.command("sign")
def sign_acts(
    invoices: Annotated[
        list[str] | None,
        typer.Argument(metavar="INVOICE...", help="Numbers (ACT-1) or ids; without one everything that waits."),
    ] = None,
    api: Annotated[
        str | None, typer.Option(metavar="URL", help="The address of Aktum's API; else that of AKTUM_URL.")
    ] = None,
    certificate: Annotated[
        str | None, typer.Option(help="The name of the key file, or the serial number; needed if several fit.")
    ] = None,
    only_list: Annotated[
        bool, typer.Option("--list", help="Show what waits and which certificates fit; sign nothing.")
    ] = False,
    confirmed: Annotated[bool, typer.Option("--yes", help="Do not ask before signing.")] = False,
) -> None:
    """Sign the acts that wait in Didox, with E-IMZO on this machine. Signing an act sends it to the client.

    AKTUM_TOKEN holds your API key (`aktum key add`, role editor) or the token of a login. Exit code 0 if everything was
    signed, 1 if nothing could be, 3 if some documents need a person.

    Examples: `aktum sign --list`, `aktum sign ACT-12 ACT-13`, `aktum sign --api https://aktum.example.com --yes`.
    """
    from operations import sign

    sign.sign(api, invoices or [], certificate, only_list=only_list, confirmed=confirmed)


@schedule_app.command("apply")
def schedule_apply() -> None:
    """Create or update the schedules (month, archive, letters, acts, snapshot; paused ones stay so), start the feed."""
    from operations import applied_schedules

    applied_schedules.apply()


@schedule_app.command("describe")
def schedule_describe() -> None:
    """Show the next times and the last runs of the schedules, and whether the event feed runs.

    Exit code 3 if one is paused, its last run failed, the last archive sweep found something, or the feed does not run.
    """
    from operations import schedule

    schedule.describe()


@schedule_app.command("trigger")
def schedule_trigger(
    period: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="The month; by default the previous one.")
    ] = None,
) -> None:
    """Draft the invoices of the previous month now, or of another month. Existing invoices do not change."""
    from operations import schedule

    schedule.trigger(period)


@schedule_app.command("backfill")
def schedule_backfill(
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="The first month.")],
    last: Annotated[str, typer.Option("--to", metavar="YYYY-MM", help="The last month.")],
) -> None:
    """Draft the invoices of past months, one month after another. Existing invoices do not change."""
    from operations import schedule

    schedule.backfill(first, last)


@schedule_app.command("pause")
def schedule_pause(
    note: Annotated[str, typer.Option(help="The reason, which `describe` shows.")],
    sweep: Annotated[bool, typer.Option("--sweep", help="Pause the nightly archive sweep instead.")] = False,
) -> None:
    """Pause the monthly schedule until `unpause`. Runs that are due meanwhile are not caught up."""
    from operations import schedule

    schedule.pause(note, sweep=sweep)


@schedule_app.command("unpause")
def schedule_unpause(
    note: Annotated[str, typer.Option(help="The reason.")] = "unpaused by `aktum schedule unpause`",
    sweep: Annotated[bool, typer.Option("--sweep", help="Resume the nightly archive sweep instead.")] = False,
) -> None:
    """Resume the monthly schedule from its next time on."""
    from operations import schedule

    schedule.unpause(note, sweep=sweep)


@invoices_app.command("check")
def invoices_check() -> None:
    """List the open invoices whose workflow is gone or stands elsewhere than recorded. Exit code 3 if there is one."""
    from operations import invoices

    invoices.check()


@invoice_app.command("restore")
def invoice_restore(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="INVOICE...", help="Numbers (ACT-1), ids or workflow ids.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Restore every invoice that `aktum invoices check` finds.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(help="Replace a workflow that runs, even if it answers as recorded, is ahead or does not answer."),
    ] = False,
) -> None:
    """Continue invoices from their recorded state, in a new run of the workflow. Nothing that was sent is repeated."""
    from operations import invoices

    invoices.restore_invoices(names, everything=everything, replace=replace)


@acts_app.command("check")
def acts_check() -> None:
    """Search Didox for acts that have changed, and let their invoices look at them.

    It runs the hourly sweep now. Exit code 1 if nothing could be searched.

    Examples:

        aktum acts check
    """
    from operations import act_check

    act_check.check()


@archive_app.command("check")
def archive_check(
    read_all: Annotated[
        bool, typer.Option("--read-all", help="Read the content of every file, not only of a thirtieth of them.")
    ] = False,
) -> None:
    """Compare the archive with the database, and list what is missing, extra or different. It changes nothing.

    It runs the nightly sweep now. Exit code 0 if nothing was found, 3 if something was found, 1 if nothing could be
    compared.

    Examples:

        aktum archive check

        aktum archive check --read-all

        aktum archive check || aktum archive refill
    """
    from operations import archive_check

    archive_check.check(read_all=read_all)


@archive_app.command("refill")
def archive_refill() -> None:
    """Store every archived PDF that is missing in the bucket. Files that are there never change.

    Exit code 3 if a file holds another document, or could not be stored.
    """
    from operations import archive

    archive.refill_archive()


@audit_app.command("verify")
def audit_verify() -> None:
    """Verify the hash chains of invoices and quotes. Exit code 3 if one is broken or ends in another state."""
    from operations import record

    record.verify()


@projection_app.command("rebuild")
def projection_rebuild() -> None:
    """Write the columns of every invoice anew from its recorded state, and save running workflows that are ahead.

    Quotes that are ahead are saved too. A workflow is ahead if PostgreSQL was restored from an older backup. Its state
    is saved; the events that the backup lacks stay missing, and `aktum audit verify` names them. Exit code
    3 if a workflow was not saved.
    """
    from operations import record

    record.rebuild()


@telegram_app.command("check")
def telegram_check() -> None:
    """List the chats and what was not sent in the last week. Exit code 3 if one is closed or something was not sent."""
    from operations import telegram

    telegram.check()


@telegram_app.command("test")
def telegram_test() -> None:
    """Send a message to each chat. Exit code 3 if Telegram refuses one; a chat that was closed is open again."""
    from operations import telegram

    telegram.send_test()


def main() -> None:
    """Run the command and end the process with its exit code."""
    code: int | str | None = 0
    try:
        app()
    except SystemExit as exit_:
        code = exit_.code
        if isinstance(code, str):
            print(code, file=sys.stderr)  # noqa: T201 - as Python prints the message of SystemExit
    sys.stdout.flush()
    sys.stderr.flush()
    # End at once: threads of the Temporal client can abort an interpreter that shuts down. All else has ended.
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
