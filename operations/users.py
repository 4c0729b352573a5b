"""`aktum user` and `aktum key`: users and API keys, which an operator changes in the database."""

import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import typer
from pydantic import SecretStr, ValidationError
from rich.table import Table

from api.settings import api_keys, users
from api.settings.store import AlreadyExists, SettingsStore
from models.access.api_keys import NewApiKey
from models.access.roles import Role
from models.access.users import NewUser
from models.settings.area import SettingRefused
from operations.connections import console, settings
from operations.postgres import run_on_postgres

T = TypeVar("T")

COMMAND_LINE = "the command line"  # the actor in the history


def add_user(username: str, role: Role, email: str = "") -> None:
    """Add a user. The password is read from the terminal, or else from the first line of standard input."""
    try:
        new = NewUser(username=username, role=role, password=SecretStr(_password()), email=email)
    except ValidationError as error:
        raise _refused([users.RULES[field] for field in _fields(error)]) from error
    try:
        _run(lambda store: users.add_user(store, new, by=COMMAND_LINE))
    except SettingRefused as error:
        raise _refused([f"The {error.path} {error.message}."]) from error
    except AlreadyExists as error:
        advice = f"The user {error.key} exists already; an admin can change it in the settings."
        raise _refused([advice]) from error
    console.print(f"The user {new.username} was added with the role {new.role}.")


def add_key(name: str, role: Role, owner: str, days: int) -> None:
    """Make a key and print it."""
    try:
        new = NewApiKey(name=name, role=role, expires_in_days=days)
    except ValidationError as error:
        raise _refused([api_keys.RULES[field] for field in _fields(error)]) from error
    try:
        row, secret = _run(lambda store: _make(store, new, owner))
    except (SettingRefused, AlreadyExists) as error:
        raise _refused([str(error)]) from error
    console.print(f"The key {row.name} belongs to {row.created_by} and ends on {row.expires_at:%Y-%m-%d}:")
    console.print(secret, soft_wrap=True)


def list_keys() -> None:
    """List all keys, the newest first."""
    table = Table("Id", "Name", "Begins with", "Role", "Owner", "Ends", "Last used", "Revoked", box=None)
    for key in _run(_keys):
        moments = [f"{moment:%Y-%m-%d %H:%M}" if moment else "–" for moment in (key.last_used_at, key.revoked_at)]
        ends = f"{key.expires_at:%Y-%m-%d}"
        table.add_row(key.id, key.name, key.prefix, key.role, key.created_by, ends, *moments)
    console.print(table)


def revoke_key(key_id: str) -> None:
    """End a key at once."""
    if not _run(lambda store: _revoke(store, key_id)):
        raise _refused([f"There is no key {key_id}, or it is revoked already."])
    console.print("The key is revoked.")


def _run(work: Callable[[SettingsStore], Coroutine[Any, Any, T]]) -> T:
    """Run the work with the store of the settings, users and API keys, and return its result."""

    async def run() -> T:
        store = SettingsStore.at(settings().database_url.get_secret_value())
        try:
            return await work(store)
        finally:
            await store.close()

    return run_on_postgres(run())


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


def _refused(reasons: list[str]) -> typer.Exit:
    for reason in reasons:
        console.print(reason, style="red")
    return typer.Exit(1)
