"""The connection of an operator's commands to Temporal, and what is printed if it refuses or does not answer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import typer
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from operations import connections
from operations.connections import console, unavailable
from workflows.client.connection import connect
from workflows.client.deadline import deadline, read_deadline
from workflows.client.errors import OutcomeUnknown, TemporalUnavailable, transport_error

T = TypeVar("T")


def run_on_temporal(request: Callable[[Client], Awaitable[T]]) -> T:
    """Run the request with a connected client and return its result.

    Exit code 1 if Temporal refuses, is missing, or has not answered after as long as the API waits for a command.
    """

    async def bounded(client: Client) -> T:
        async with deadline(_limit(), "the request"):
            return await request(client)

    return run_connected(bounded)


def run_connected(work: Callable[[Client], Awaitable[T]]) -> T:
    """Run work of any length, which limits each of its calls itself. Exit codes as of `run_on_temporal`."""

    async def run() -> T:
        return await work(await _connected())

    try:
        return asyncio.run(run())
    except RPCError as error:
        raise _exit_for(error) from error
    except (TemporalUnavailable, OutcomeUnknown) as error:
        raise _silent(error) from error


async def _connected() -> Client:
    temporal = connections.settings().temporal
    key = temporal.api_key.get_secret_value() if temporal.api_key else None
    try:
        async with read_deadline(_limit()):
            return await connect(
                temporal.address, temporal.namespace, api_key=key, tls=temporal.tls, encryption_keys=temporal.key_ring
            )
    except RuntimeError as error:  # the client raises no narrower error when it cannot connect
        raise TemporalUnavailable(temporal.address) from error


def _limit() -> timedelta:
    return timedelta(seconds=connections.settings().api.update_timeout_seconds)


def _exit_for(error: RPCError) -> typer.Exit:
    """Print why Temporal did not do it, and return the exit to raise."""
    if error.message.startswith("Namespace "):
        return unavailable("Temporal", "temporal", "AKTUM_TEMPORAL__NAMESPACE", error.message)
    if error.status is RPCStatusCode.NOT_FOUND:
        console.print("There is no such schedule yet; `aktum schedule apply` creates it.", style="red")
        return typer.Exit(1)
    failed = transport_error(error, "the request")
    if isinstance(failed, TemporalUnavailable | OutcomeUnknown):
        return _silent(failed)
    console.print(f"Temporal refused the request: {error.message}", style="red")
    return typer.Exit(1)


def _silent(error: TemporalUnavailable | OutcomeUnknown) -> typer.Exit:
    reason = str(error)
    if isinstance(error, OutcomeUnknown):
        reason = (
            f"there was no answer to {error} in time. A change that was asked for may still be carried out; look with "
            "`aktum schedule describe` or `aktum invoices check` before you repeat it."
        )
    return unavailable("Temporal", "temporal", "AKTUM_TEMPORAL__ADDRESS", reason)
