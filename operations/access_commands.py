"""The commands `aktum user` and `aktum key`: who may log in, and the keys of machines.

As in `cli.py`, each command imports the module that does its work when it is called.
"""

from typing import Annotated

import typer

from models.access.roles import Role

user_app = typer.Typer(no_args_is_help=True, help="Manage the users who may log in.")
key_app = typer.Typer(no_args_is_help=True, help="Manage the API keys of machines.")


@user_app.command("add")
def user_add(
    username: Annotated[str, typer.Argument(help="Letters, digits and . _ @ -")],
    role: Annotated[Role, typer.Option(help="The role of the user.")],
    email: Annotated[str, typer.Option(help="The address for messages about what waits for the user.")] = "",
) -> None:
    """Add a user. The password is read from the terminal, or else from the first line of standard input."""
    from operations import users

    users.add_user(username, role, email)


@key_app.command("add")
def key_add(
    name: Annotated[str, typer.Argument(help="Letters, digits and . _ -")],
    role: Annotated[Role, typer.Option(help="The role of the key.")],
    owner: Annotated[str, typer.Option(help="The user to whom the key belongs.")],
    days: Annotated[int, typer.Option(help="After how many days it ends.")] = 90,
) -> None:
    """Make a key and print it, this once only."""
    from operations import users

    users.add_key(name, role, owner, days)


@key_app.command("list")
def key_list() -> None:
    """List all keys, the newest first."""
    from operations import users

    users.list_keys()


@key_app.command("revoke")
def key_revoke(key_id: Annotated[str, typer.Argument(help="The id, as `aktum key list` shows it.")]) -> None:
    """End a key at once."""
    from operations import users

    users.revoke_key(key_id)
