"""What an operator does to the stack in a drill: commands of `aktum` and of Temporal, and backups."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, ResetReapplyType
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import Client

from local.demo.api_client import ApiClient, RequestRefused, until
from local.engines.postgres import PROGRAMS
from local.stack.stack import Stack
from local.stack.state_directory import ROOT

CONTRACT = "APP-007"


async def aktum(stack: Stack, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `aktum` on the stack, as an operator does; `more` are further variables of the environment."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    environment = {**plain, "AKTUM_HOME": str(stack.directory.path), "COLUMNS": "300", **more}
    command = [sys.executable, "-m", "cli", *words]
    return await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def mailbox_of(day: str) -> str:
    return f"buyer-{day}@client.example"


async def approved_invoice(editor: ApiClient, manager: ApiClient, day: str) -> dict[str, Any]:
    """Return an approved invoice of one day, with a client's address of its own. Each day is a period of its own."""
    draft = await editor.generate(application_key=CONTRACT, period_start=day, period_end=day)
    await editor.edit(draft["id"], expected_revision=draft["revision"], recipients=[mailbox_of(day)])
    reviewed = await editor.command(draft["id"], "finalize")
    return await manager.command(draft["id"], "approve", digest=reviewed["digest"])


async def sent_invoice(editor: ApiClient, manager: ApiClient, day: str) -> dict[str, Any]:
    """Return an invoice of one day that was mailed to the client."""
    approved = await approved_invoice(editor, manager, day)
    await manager.command(approved["id"], "deliver", channel="email")
    return await manager.until(approved["id"], lambda found: found["status"] == "sent", "the mail")


async def sent_quote(editor: ApiClient, manager: ApiClient, day: str) -> dict[str, Any]:
    """Return a quote whose letter and document are out, with a client's address of its own."""
    draft = await editor.make_quote(
        title=f"A drill on {day}",
        application_key=CONTRACT,
        currency="UZS",
        lines=[{"kind": "typed", "description": "Analysis", "unit_price": "1200.00"}],
        recipients=[mailbox_of(day)],
    )
    await manager.quote_command(draft["id"], "send", expected_revision=draft["revision"])

    def is_settled(quote: Mapping[str, Any]) -> bool:
        return quote["number"] is not None and all(each["state"] == "done" for each in quote["effects"])

    return dict(await until(lambda: editor.quote(draft["id"]), is_settled, "the letter of the quote"))


async def pay(editor: ApiClient, invoice: Mapping[str, Any]) -> dict[str, Any]:
    payment = {"payment_id": f"P-{invoice['id']}", "reference": "wire", "amount": invoice["balance"]}
    await editor.command(invoice["id"], "record_payment", paid_on="2026-03-18", **payment)
    return await editor.until(invoice["id"], lambda found: found["status"] == "closed", "closed")


async def refusal(client: ApiClient, invoice_id: str, command: str, **body: Any) -> RequestRefused:
    """Return the refusal of a command."""
    try:
        await client.command(invoice_id, command, **body)
    except RequestRefused as refused:
        return refused
    raise AssertionError(f"{command} was not refused")


async def letters(stack: Stack, day: str) -> int:
    """Return the number of letters that the client of this day's invoice got."""
    async with httpx.AsyncClient(timeout=60) as http:
        messages = (await http.get(f"{stack.describe()['mailbox']}/api/messages")).json()
    return sum(mailbox_of(day) in str(each["to"]) for each in messages)


async def reset_before(client: Client, workflow_id: str, update: str) -> None:
    """Reset the workflow to the moment before it accepted this command, and deliver nothing of it again."""
    handle = client.get_workflow_handle(workflow_id)
    description = await handle.describe()
    task_completed = 0
    async for event in handle.fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            task_completed = event.event_id
        accepted = event.workflow_execution_update_accepted_event_attributes
        if event.HasField("workflow_execution_update_accepted_event_attributes") and (
            accepted.accepted_request.input.name == update
        ):
            break
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id, run_id=description.run_id),
            reason="a drill",
            workflow_task_finish_event_id=task_completed,
            request_id=f"drill-{workflow_id}",
            reset_reapply_type=ResetReapplyType.RESET_REAPPLY_TYPE_NONE,
        )
    )


async def delete(client: Client, workflow_id: str) -> None:
    await client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id)
        )
    )

    async def is_gone() -> bool:
        try:
            await client.get_workflow_handle(workflow_id).describe()
        except Exception as error:  # noqa: BLE001 - the status is read below
            return "not found" in str(error).lower()
        return False

    await until(is_gone, bool, "the deletion")


def back_up_temporal(stack: Stack, to: Path) -> None:
    """Copy the running server's database file by SQLite's online backup."""
    with sqlite3.connect(stack.directory.path / "temporal.db") as source, sqlite3.connect(to) as target:
        source.backup(target)


def put_back_temporal(stack: Stack, backup: Path) -> None:
    """Replace the database file of the stopped server."""
    file = stack.directory.path / "temporal.db"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{file}{suffix}").unlink(missing_ok=True)
    with sqlite3.connect(backup) as source, sqlite3.connect(file) as target:
        source.backup(target)


def back_up_postgres(stack: Stack, to: Path) -> None:
    run_postgres(stack, "pg_dump", "--format=custom", f"--file={to}")


def put_back_postgres(stack: Stack, backup: Path) -> None:
    run_postgres(stack, "pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", str(backup))


def run_postgres(stack: Stack, program: str, *words: str) -> None:
    url = urlsplit(stack.describe()["postgres"])
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    address = ["--host", str(url.hostname), "--port", str(url.port), "--username", str(url.username)]
    command = [str(PROGRAMS / program), *address, "--dbname", url.path.lstrip("/"), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
