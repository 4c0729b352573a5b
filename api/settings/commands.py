"""The commands `aktum user` and `aktum key`, with which an operator changes users and API keys in the database.

`cli.py` knows the settings and the ways in which PostgreSQL fails, and passes them in as `run`.
"""

import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol, TypeVar

import typer
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.table import Table

from api.settings import api_keys, users
from api.settings.store import AlreadyExists, SettingsStore
from models.access.api_keys import NewApiKey
from models.access.roles import Role
from models.access.users import NewUser
from models.settings.area import SettingRefused

T = TypeVar("T")

COMMAND_LINE = "the command line"  # the actor in the history


class Run(Protocol):
    """Runs work with the store of the configured database, and ends the command when PostgreSQL cannot be used."""

    def __call__(self, work: Callable[[SettingsStore], Coroutine[Any, Any, T]]) -> T: ...


def user_commands(run: Run, console: Console) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Manage the users who may log in.")

    @app.callback()
    def group() -> None:  # with one command alone typer would leave out its name
        pass

    @app.command("add")
    def add(
        username: Annotated[str, typer.Argument(help="Letters, digits and . _ @ -")],
        role: Annotated[Role, typer.Option(help="The role of the user.")],
    ) -> None:
        """Add a user. The password is read from the terminal, or else from the first line of standard input."""
        try:
            new = NewUser(username=username, role=role, password=SecretStr(_password()))
        except ValidationError as error:
            raise _refused(console, [users.RULES[field] for field in _fields(error)]) from error
        try:
            run(lambda store: users.add_user(store, new, by=COMMAND_LINE))
        except SettingRefused as error:
            raise _refused(console, [f"The {error.path} {error.message}."]) from error
        except AlreadyExists as error:
            advice = f"The user {error.key} exists already; an admin can change it in the settings."
            raise _refused(console, [advice]) from error
        console.print(f"The user {new.username} was added with the role {new.role}.")

    return app


def key_commands(run: Run, console: Console) -> typer.Typer:
    app = typer.Typer(no_args_is_help=True, help="Manage the API keys of machines.")

    @app.command("add")
    def add(
        name: Annotated[str, typer.Argument(help="Letters, digits and . _ -")],
        role: Annotated[Role, typer.Option(help="The role of the key.")],
        owner: Annotated[str, typer.Option(help="The user to whom the key belongs.")],
        days: Annotated[int, typer.Option(help="After how many days it ends.")] = 90,
    ) -> None:
        """Make a key and print it, this once only."""
        try:
            new = NewApiKey(name=name, role=role, expires_in_days=days)
        except ValidationError as error:
            raise _refused(console, [api_keys.RULES[field] for field in _fields(error)]) from error
        try:
            row, secret = run(lambda store: _make(store, new, owner))
        except (SettingRefused, AlreadyExists) as error:
            raise _refused(console, [str(error)]) from error
        console.print(f"The key {row.name} belongs to {row.created_by} and ends on {row.expires_at:%Y-%m-%d}:")
        console.print(secret, soft_wrap=True)

    @app.command("list")
    def show() -> None:
        """List all keys, the newest first."""
        table = Table("Id", "Name", "Begins with", "Role", "Owner", "Ends", "Last used", "Revoked", box=None)
        for key in run(_keys):
            moments = [f"{moment:%Y-%m-%d %H:%M}" if moment else "–" for moment in (key.last_used_at, key.revoked_at)]
            ends = f"{key.expires_at:%Y-%m-%d}"
            table.add_row(key.id, key.name, key.prefix, key.role, key.created_by, ends, *moments)
        console.print(table)

    @app.command("revoke")
    def revoke(key_id: Annotated[str, typer.Argument(help="The id, as `aktum key list` shows it.")]) -> None:
        """End a key at once."""
        if not run(lambda store: _revoke(store, key_id)):
            raise _refused(console, [f"There is no key {key_id}, or it is revoked already."])
        console.print("The key is revoked.")

    return app


async def _make(store: SettingsStore, new: NewApiKey, owner: str) -> tuple[Any, str]:
    async with store.writing(COMMAND_LINE) as transaction:
        return await api_keys.make(transaction, new, owner, datetime.now(UTC))


async def _keys(store: SettingsStore) -> Any:
    async with store.reading() as connection:
        return await api_keys.keys(connection)


async def _revoke(store: SettingsStore, key_id: str) -> bool:
    async with store.writing(COMMAND_LINE) as transaction:
        return await api_keys.revoke(transaction, key_id, datetime.now(UTC))


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def _fields(error: ValidationError) -> list[str]:
    return sorted({str(each["loc"][0]) for each in error.errors()})


def _refused(console: Console, reasons: list[str]) -> typer.Exit:
    for reason in reasons:
        console.print(reason, style="red")
    return typer.Exit(1)
