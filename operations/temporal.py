"""The connection of an operator's commands to Temporal."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from operations import connections
from operations.connections import console, unavailable
from workflows.client.connection import connect
from workflows.client.errors import TemporalUnavailable

T = TypeVar("T")


def run_on_temporal(request: Callable[[Client], Awaitable[T]]) -> T:
    """Run the request with a connected client and return its result. Exit code 1 if Temporal refuses or is missing."""

    async def run() -> T:
        temporal = connections.settings().temporal
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
