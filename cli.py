"""The `aktum` command. The commands themselves live with what they command."""

import os
import sys

import typer

import local.commands

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Aktum: invoices as durable workflows.")
app.add_typer(local.commands.app)


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
