"""`aktum invoices check` and `aktum invoice restore`: invoices whose workflow is gone or tells another history.

Exit codes: 0 done, 1 a system does not answer or an invoice was not restored, 2 there is no such invoice, 3 an invoice
needs a person.
"""

from datetime import UTC, datetime

import typer
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.invoice import record
from activities.invoice.named_invoice import find_invoice
from activities.invoice.projection import InvoiceProjection
from activities.issuer.numbering import issued_number
from models.invoice.errors import restore_command
from models.invoice.event_handlers import has_finished
from models.invoice.invoice import Invoice
from models.invoice.recorded import Recorded, keep_number
from models.invoice.revision import add_note, drop_saved_events
from operations.both import run_on_both
from operations.connections import console
from operations.findings import obstacle, tell
from workflows.client import restore
from workflows.client.restore import Finding, NotRestored, Standing
from workflows.client.workers import WORKFLOWS, without_worker

BY = "aktum invoice restore"


def check() -> None:
    """List the open invoices whose workflow is gone or stands elsewhere than recorded. Exit code 3 if there is one."""
    findings, count, has_worker = run_on_both(_check)
    tell("invoice", findings, count, restore_command, has_worker=has_worker)


def restore_invoices(names: list[str] | None, *, everything: bool, replace: bool) -> None:
    """Continue invoices from their recorded state, in a new run of the workflow."""
    if bool(names) == everything:
        raise typer.BadParameter("name the invoices, or give --all")
    failed = run_on_both(lambda client, engine: _restore_all(client, engine, names, replace=replace))
    if failed:
        raise typer.Exit(1)


async def _check(client: Client, engine: AsyncEngine) -> tuple[list[Finding], int, bool]:
    recorded = await record.open_invoices(engine)
    has_worker = not await without_worker(client, WORKFLOWS)
    findings = [each async for each in restore.look_at_all(client, recorded, ask=has_worker)]
    # A workflow is ahead of the record while it saves, so those that differ are looked at once more.
    newest = {each.id: each for each in await record.open_invoices(engine)}
    differing = [
        newest[f.recorded.id] for f in findings if f.standing is not Standing.CONTINUES and f.recorded.id in newest
    ]
    again = [each async for each in restore.look_at_all(client, differing, ask=has_worker)]
    found = [each for each in again if each.standing is not Standing.CONTINUES]
    if has_worker:  # only the workflows themselves can tell
        found += await _reset_after_completion(client, engine, recorded)
    return found, len(recorded), has_worker


async def _reset_after_completion(client: Client, engine: AsyncEngine, open_: list[Recorded]) -> list[Finding]:
    """Return the complete invoices whose workflow runs behind the record, because somebody has reset it."""
    known = {each.workflow_id for each in open_}
    others = [workflow_id async for workflow_id in restore.running(client) if workflow_id not in known]
    complete = await record.of_workflows(engine, others)
    findings = [each async for each in restore.look_at_all(client, complete)]
    return [each for each in findings if each.standing in restore.RESTORABLE and each.standing is not Standing.GONE]


async def _restore_all(client: Client, engine: AsyncEngine, names: list[str] | None, *, replace: bool) -> int:
    """Restore the invoices and return how many of them were not."""
    if names is None:
        findings, _, _ = await _check(client, engine)
        names = [finding.recorded.id for finding in findings]
        if not names:
            console.print("Every open invoice runs at its recorded revision; nothing was restored.")
    failed = 0
    for name in names:
        try:
            console.print(await _restore(client, engine, name.strip(), replace=replace))
        except NotRestored as error:
            console.print(Text(f"{name}: {error}", "red"))
            failed += 1
    return failed


async def _restore(client: Client, engine: AsyncEngine, name: str, *, replace: bool) -> str:
    """Restore one invoice and return what was done. Raises NotRestored.

    A complete invoice has no workflow. One that runs nevertheless, because it was reset, is ended; it would answer the
    payments of the invoice with a refusal.
    """
    invoice = await _recorded_invoice(engine, name)
    finding = await restore.look(client, _recorded(invoice))
    title = f"{invoice.display_number or invoice.workflow_id} ({invoice.id})"
    if has_finished(invoice) and finding.standing is Standing.GONE:
        raise NotRestored(f"the invoice is {invoice.status}, so no workflow runs for it")
    if finding.standing is Standing.CONTINUES and not replace:
        return f"{title} runs at the recorded revision {invoice.revision}; nothing was restored."
    if finding.standing not in restore.RESTORABLE and not replace:
        raise NotRestored(obstacle(finding))
    await restore.terminate(client, finding)
    # What the ended run was still saving is recorded by now, or never.
    invoice = await _recorded_invoice(engine, name)
    if has_finished(invoice):
        return f"{title} is {invoice.status} and complete, so the workflow that ran for it was ended."
    invoice = await _with_its_number(engine, invoice)
    note = f"Restored from the recorded state at revision {invoice.revision}."
    await restore.start(client, add_note(invoice, datetime.now(UTC), note))
    return f"{title} continues from the recorded state: {invoice.status}, revision {invoice.revision}."


async def _with_its_number(engine: AsyncEngine, invoice: Invoice) -> Invoice:
    """Return the recorded invoice; a number that was issued to it and not recorded is recorded first."""
    kept = keep_number(invoice, await issued_number(engine, invoice.id), datetime.now(UTC), BY)
    if kept.journal:
        await InvoiceProjection(engine).project(kept)
    return drop_saved_events(kept, kept.revision)


async def _recorded_invoice(engine: AsyncEngine, name: str) -> Invoice:
    invoice = await find_invoice(engine, name)
    if invoice is None:
        raise NotRestored("there is no such invoice in PostgreSQL")
    return invoice


def _recorded(invoice: Invoice) -> Recorded:
    return Recorded(
        id=invoice.id,
        workflow_id=invoice.workflow_id,
        name=invoice.display_number or invoice.workflow_id,
        status=invoice.status,
        revision=invoice.revision,
        chain=invoice.chain,
    )
