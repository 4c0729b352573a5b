"""Every place where the product or its engines write text that people read: logs, histories, tables and more."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from psycopg import sql
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from local.stack.stack import Stack
from workflows.client.connection import DATA_CONVERTER


def logs(stack: Stack) -> Iterator[tuple[str, str]]:
    for path in sorted((stack.directory.path / "logs").iterdir()):
        yield f"log {path.name}", path.read_text(encoding="utf-8", errors="replace")


def processes() -> Iterator[tuple[str, str]]:
    """Yield the command line of each process, as `ps` shows it to every user of the machine."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield f"process {path.parent.name}", path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            continue


async def metrics(described: dict[str, Any]) -> AsyncIterator[tuple[str, str]]:
    async with httpx.AsyncClient(timeout=60) as http:
        for name in ("metrics", "api_metrics"):
            yield name, (await http.get(described[name])).text


async def workflows(client: Client) -> AsyncIterator[tuple[str, str]]:
    """Yield what the Web UI shows of each workflow: its history, with decoded payloads, its state and its details."""
    async for each in client.list_workflows():
        handle = client.get_workflow_handle(each.id, run_id=each.run_id)
        events = [event async for event in handle.fetch_history_events()]
        shown = [(await handle.describe()).raw_description, *events]
        yield f"workflow {each.id}", "\n".join([await _text(message) for message in shown])
        yield f"details of {each.id}", await _details(handle)


async def _text(message: Message) -> str:
    codec = DATA_CONVERTER.payload_codec
    found = list(_payloads(message))
    decoded = await codec.decode(found) if codec else found
    return "\n".join([MessageToJson(message), *(each.data.decode(errors="replace") for each in decoded)])


def _payloads(message: Message) -> Iterator[Payload]:
    """Yield all payloads of the message, however deep they are."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            parts = [part for part in value.values() if isinstance(part, Message)]
        else:
            parts = list(value) if field.is_repeated else [value]
        for part in parts:
            yield from _payloads(part)


async def _details(handle: WorkflowHandle[Any, Any]) -> str:
    try:
        return str(await handle.query("__temporal_workflow_metadata", result_type=object))
    except RPCError:  # a workflow that was terminated answers no query
        return ""


async def tables(url: str) -> AsyncIterator[tuple[str, str]]:
    """Yield the rows of each table of the database, as text."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        names = await connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in await names.fetchall():
            query = sql.SQL("SELECT each::text FROM {} each").format(sql.Identifier(name))
            rows = await (await connection.execute(query)).fetchall()
            yield f"table {name}", "\n".join(row[0] for row in rows)
