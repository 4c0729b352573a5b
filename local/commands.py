"""The commands of the embedded stack with their options: up, status, down, demo.

As in `cli.py`, each command imports the module that does its work when it is called.
"""

from typing import Annotated

import typer

from local.stack.stages import NAMES

app = typer.Typer()


@app.command()
def up(
    without: Annotated[
        list[str] | None, typer.Option(help=f"A component to leave out, may be repeated: {', '.join(NAMES)}.")
    ] = None,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Run in the background until `aktum down`.")] = False,
) -> None:
    """Start the embedded stack with worker and API, and keep it running until Ctrl-C."""
    from local.stack import commands

    commands.up(without, detach=detach)


@app.command()
def status() -> None:
    """Show the state of each component. Exit code 3 when one is down, 1 when the stack is not running."""
    from local.stack import commands

    commands.status()


@app.command()
def down() -> None:
    """Stop the stack that runs in the background or in another terminal. Its data is kept."""
    from local.stack import commands

    commands.down()


@app.command()
def demo() -> None:
    """Run the main job end to end on real engines, and write the PDFs and a summary to var/demo/."""
    from local.demo import command

    command.demo()
