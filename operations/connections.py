"""The settings and the connections of an operator's commands, and what is printed if a system does not answer."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from importlib.util import find_spec
from typing import Any, TypeVar

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.database.engine import create_engine
from settings import Settings, load
from workflows.client.connection import connect
from workflows.client.errors import TemporalUnavailable

T = TypeVar("T")

console = Console()

ATTENTION = 3  # the exit code if everything answers and something needs a person
REGION = "us-east-1"  # of the embedded object store

# A production image does not contain the embedded stack and its packages.
HAS_EMBEDDED_STACK = find_spec("chdb") is not None and find_spec("local") is not None
if HAS_EMBEDDED_STACK:
    from local.stack.state_directory import StateDirectory, read_json


def settings() -> Settings:
    """Return the settings of the environment; unset addresses are those of the embedded stack of this checkout."""
    loaded = load()
    stack = read_json(StateDirectory.of().stack_file) if HAS_EMBEDDED_STACK else {}
    found: dict[str, object] = {}
    if stack and "database_url" not in loaded.model_fields_set:
        found["database_url"] = SecretStr(stack["postgres"])
    if stack and "temporal" not in loaded.model_fields_set:
        found["temporal"] = loaded.temporal.model_copy(update={"address": stack["temporal"]})
    if stack and "s3" not in loaded.model_fields_set:
        s3 = stack["s3"]
        found["s3"] = loaded.s3.model_copy(update={**s3, "secret_key": SecretStr(s3["secret_key"]), "region": REGION})
    return loaded.model_copy(update=found)


def unavailable(system: str, field: str, variable: str, reason: str) -> typer.Exit:
    """Print the reason and what to check, and return the exit with code 1.

    `field` is the setting and `variable` the environment variable that hold the address of the system.
    """
    is_embedded = HAS_EMBEDDED_STACK and field not in load().model_fields_set
    advice = "Is the stack running? `aktum up` starts it." if is_embedded else f"Check {variable}."
    console.print(Text(f"{system} cannot be used: {reason.strip()}\n{advice}", "red"))
    return typer.Exit(1)


def run_on_postgres(work: Coroutine[Any, Any, T]) -> T:
    """Run the coroutine and return its result. Exit code 1 if PostgreSQL cannot be reached."""
    try:
        return asyncio.run(work)
    except OperationalError as error:
        raise unavailable("PostgreSQL", "database_url", "DATABASE_URL", str(error.orig)) from error


def run_on_temporal(request: Callable[[Client], Awaitable[T]]) -> T:
    """Run the request with a connected client and return its result. Exit code 1 if Temporal refuses or is missing."""

    async def run() -> T:
        temporal = settings().temporal
        key = temporal.api_key.get_secret_value() if temporal.api_key else None
        try:
            client = await connect(
                temporal.address, temporal.namespace, api_key=key, tls=temporal.tls, encryption_keys=temporal.key_ring
            )
        except RuntimeError as error:  # the client raises no narrower error when it cannot connect
            raise TemporalUnavailable(temporal.address) from error
        return await request(client)

    try:
        return asyncio.run(run())
    except RPCError as error:
        if error.message.startswith("Namespace "):
            raise unavailable("Temporal", "temporal", "AKTUM_TEMPORAL__NAMESPACE", error.message) from error
        if error.status is not RPCStatusCode.NOT_FOUND:
            console.print(f"Temporal refused the request: {error.message}", style="red")
        else:
            console.print("There is no monthly schedule yet; `aktum schedule apply` creates it.", style="red")
        raise typer.Exit(1) from error
    except TemporalUnavailable as error:
        raise unavailable("Temporal", "temporal", "AKTUM_TEMPORAL__ADDRESS", str(error)) from error


def run_on_both(work: Callable[[Client, AsyncEngine], Awaitable[T]]) -> T:
    """Run the work with a client of Temporal and an engine of PostgreSQL. Exit code 1 if one of them is missing."""

    async def run(client: Client) -> T:
        return await with_engine(lambda engine: work(client, engine))

    try:
        return run_on_temporal(run)
    except OperationalError as error:
        raise unavailable("PostgreSQL", "database_url", "DATABASE_URL", str(error.orig)) from error


async def with_engine(work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Return the result of the work, and close the engine that it was given."""
    engine = create_engine(settings().database_url.get_secret_value())
    try:
        return await work(engine)
    finally:
        await engine.dispose()
