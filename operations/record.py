"""`aktum audit verify` and `aktum projection rebuild`: the record of the invoices in PostgreSQL."""

from collections.abc import AsyncIterator

import typer
from rich.progress import Progress
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.invoice import record
from activities.invoice.projection import InvoiceProjection
from activities.quotes import record as quote_record
from models.invoice.invoice import Invoice
from operations.both import run_on_both
from operations.connections import ATTENTION, console
from operations.postgres import run_on_postgres, with_engine
from operations.quotes.saving import save_ahead
from workflows.client import restore
from workflows.client.restore import Standing
from workflows.client.workers import WORKFLOWS, without_worker


def verify() -> None:
    """Verify the hash chains of invoices and quotes. Exit code 3 if one is broken or ends in another state."""
    broken, count = run_on_postgres(with_engine(_verify))
    for line in broken:
        console.print(Text(line, "red"))
    console.print(f"{count} audit trails were verified; {len(broken)} are broken.")
    if broken:
        raise typer.Exit(ATTENTION)


def rebuild() -> None:
    """Write the columns of every invoice anew from its recorded state, and save running workflows that are ahead.

    Workflows of quotes that are ahead are saved too. Exit code 3 if a workflow was not saved.
    """
    rewritten, saved, quotes, problems = run_on_both(_rebuild)
    console.print(f"{rewritten} invoices were rewritten, {len(saved)} were saved from their workflows.")
    console.print(f"{len(quotes)} quotes were saved from their workflows.")
    for line in problems:
        console.print(Text(line, "red"))
    if problems:
        raise typer.Exit(ATTENTION)


async def _verify(engine: AsyncEngine) -> tuple[list[str], int]:
    broken, count = [], 0
    async for invoice in _with_progress(engine, "Verifying"):
        count += 1
        if reason := await record.break_of(engine, invoice):
            broken.append(f"{_name(invoice)}: {reason}.")
    async for quote in quote_record.recorded_states(engine):
        count += 1
        if reason := await quote_record.break_of(engine, quote):
            broken.append(f"{quote.display_number or quote.workflow_id} ({quote.id}): {reason}.")
    return broken, count


async def _rebuild(client: Client, engine: AsyncEngine) -> tuple[int, list[str], list[str], list[str]]:
    rewritten = 0
    async for invoice in _with_progress(engine, "Rewriting"):
        rewritten += await record.rewrite_row(engine, invoice)
    if await without_worker(client, WORKFLOWS):
        return rewritten, [], [], ["No worker polls, so no workflow was asked for its state; start the worker."]
    ahead = [
        finding.recorded.workflow_id
        async for finding in restore.look_at_all(client, await record.open_invoices(engine))
        if finding.standing is Standing.AHEAD
    ]
    unknown = await record.missing(engine, [each async for each in restore.running(client)])
    saved, problems, writer = [], [], InvoiceProjection(engine)
    for workflow_id in (*ahead, *unknown):
        newest = await restore.state(client, workflow_id)
        if newest is None:
            problems.append(f"{workflow_id}: its workflow has no draft, or does not answer.")
            continue
        await writer.project(newest)
        saved.append(workflow_id)
    quotes, of_quotes = await save_ahead(client, engine)
    return rewritten, saved, quotes, problems + of_quotes


async def _with_progress(engine: AsyncEngine, title: str) -> AsyncIterator[Invoice]:
    """Yield the recorded state of every invoice, with a progress bar."""
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(title, total=await record.count(engine))
        async for invoice in record.recorded_states(engine):
            yield invoice
            progress.advance(task)


def _name(invoice: Invoice) -> str:
    return f"{invoice.display_number or invoice.workflow_id} ({invoice.id})"
