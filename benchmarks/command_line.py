"""The end of a program that has used a Temporal client in its own process; the soak ends in the same way."""

import os
import sys
from collections.abc import Callable
from typing import Any

import typer


def run(command: Callable[..., Any]) -> None:
    """Run the command with the arguments of the program, and end the process with its exit code.

    It ends at once: threads of the Temporal client can abort an interpreter that shuts down.
    """
    app = typer.Typer(add_completion=False)
    app.command()(command)
    code: int | str | None = 0
    try:
        app()
    except SystemExit as exit_:
        code = exit_.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)
