"""`aktum quotes check` and `aktum quote restore`: quotes whose workflow is gone or tells another history.

Exit codes: 0 done, 1 a system does not answer or a quote was not restored, 2 a wrong argument, 3 a quote needs a
person.
"""

from datetime import UTC, datetime

import typer
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.issuer.numbering import issued_number
from activities.quotes import record
from activities.quotes.projection import QuoteProjection
from models.invoice.recorded import Recorded
from models.quotes.quote.errors import restore_quote_command
from models.quotes.quote.quote import Quote
from models.quotes.quote.recorded import has_finished, keep_quote_number, recorded_of
from models.quotes.quote.revision import add_note, drop_saved_events
from operations.both import run_on_both
from operations.connections import console
from operations.findings import obstacle, tell
from workflows.client import quote_restore, restore
from workflows.client.restore import Finding, NotRestored, Standing
from workflows.client.workers import WORKFLOWS, without_worker

BY = "aktum quote restore"


def check() -> None:
    """List the open quotes whose workflow is gone or stands elsewhere than recorded. Exit code 3 if there is one."""
    findings, count, has_worker = run_on_both(check_all)
    tell("quote", findings, count, restore_quote_command, has_worker=has_worker)


def restore_quotes(names: list[str] | None, *, everything: bool, replace: bool) -> None:
    """Continue quotes from their recorded state, in a new run of the workflow."""
    if bool(names) == everything:
        raise typer.BadParameter("name the quotes, or give --all")
    failed = run_on_both(lambda client, engine: _restore_all(client, engine, names, replace=replace))
    if failed:
        raise typer.Exit(1)


async def check_all(client: Client, engine: AsyncEngine) -> tuple[list[Finding], int, bool]:
    """Return what needs attention, the number of open quotes, and whether a worker polls."""
    recorded = await record.open_quotes(engine, datetime.now(UTC))
    has_worker = not await without_worker(client, WORKFLOWS)
    findings = [each async for each in restore.look_at_all(client, recorded, ask=has_worker)]
    # A workflow is ahead of the record while it saves, so those that differ are looked at once more.
    newest = {each.id: each for each in await record.open_quotes(engine, datetime.now(UTC))}
    differing = [
        newest[f.recorded.id] for f in findings if f.standing is not Standing.CONTINUES and f.recorded.id in newest
    ]
    again = [each async for each in restore.look_at_all(client, differing, ask=has_worker)]
    found = [each for each in again if each.standing is not Standing.CONTINUES]
    if has_worker:  # only the workflows themselves can tell
        found += await _reset_after_the_end(client, engine, recorded)
    return found, len(recorded), has_worker


async def _reset_after_the_end(client: Client, engine: AsyncEngine, open_: list[Recorded]) -> list[Finding]:
    """Return the finished quotes whose workflow runs behind the record, because somebody has reset it."""
    known = {each.workflow_id for each in open_}
    others = [workflow_id async for workflow_id in quote_restore.running(client) if workflow_id not in known]
    finished = await record.of_workflows(engine, others)
    findings = [each async for each in restore.look_at_all(client, finished)]
    return [each for each in findings if each.standing in restore.RESTORABLE and each.standing is not Standing.GONE]


async def _restore_all(client: Client, engine: AsyncEngine, names: list[str] | None, *, replace: bool) -> int:
    """Restore the quotes and return how many of them were not."""
    if names is None:
        findings, _, _ = await check_all(client, engine)
        names = [finding.recorded.id for finding in findings]
        if not names:
            console.print("Every open quote runs at its recorded revision; nothing was restored.")
    failed = 0
    for name in names:
        try:
            console.print(Text(await restore_one(client, engine, name.strip(), replace=replace)))
        except NotRestored as error:
            console.print(Text(f"{name}: {error}", "red"))
            failed += 1
    return failed


async def restore_one(client: Client, engine: AsyncEngine, name: str, *, replace: bool) -> str:
    """Restore one quote and return what was done. Raises NotRestored.

    A finished quote has no workflow. One that runs nevertheless, because it was reset, is ended.
    """
    quote = await _recorded_quote(engine, name)
    finding = await restore.look(client, recorded_of(quote))
    title = f"{quote.display_number or quote.workflow_id} ({quote.id})"
    if has_finished(quote, datetime.now(UTC)) and finding.standing is Standing.GONE:
        raise NotRestored(f"the quote is {quote.status} and its links have ended, so no workflow runs for it")
    if finding.standing is Standing.CONTINUES and not replace:
        return f"{title} runs at the recorded revision {quote.revision}; nothing was restored."
    if finding.standing not in restore.RESTORABLE and not replace:
        raise NotRestored(obstacle(finding))
    await restore.terminate(client, finding)
    # What the ended run was still saving is recorded by now, or never.
    quote = await _recorded_quote(engine, name)
    if has_finished(quote, datetime.now(UTC)):
        return f"{title} is {quote.status} and has ended, so the workflow that ran for it was ended."
    quote = await _with_its_number(engine, quote)
    note = f"Restored from the recorded state at revision {quote.revision}."
    await quote_restore.start(client, add_note(quote, datetime.now(UTC), note))
    return f"{title} continues from the recorded state: {quote.status}, revision {quote.revision}."


async def _with_its_number(engine: AsyncEngine, quote: Quote) -> Quote:
    """Return the recorded quote; a number that was issued to it and not recorded is recorded first."""
    kept = keep_quote_number(quote, await issued_number(engine, quote.id), datetime.now(UTC), BY)
    if kept.journal:
        await QuoteProjection(engine).project(kept)
    return drop_saved_events(kept, kept.revision)


async def _recorded_quote(engine: AsyncEngine, name: str) -> Quote:
    quote = await record.find_quote(engine, name)
    if quote is None:
        raise NotRestored("there is no such quote in PostgreSQL")
    return quote
