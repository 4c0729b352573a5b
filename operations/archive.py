"""`aktum archive refill`: the archive's files from PostgreSQL, after the bucket was lost or replaced."""

from collections import Counter

import typer
from rich.progress import track
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.archive import records
from activities.archive.refill import ReadPdf, Refilled, refill
from activities.archive.wiring import lock_rule
from activities.clients import object_store
from activities.clients.errors import ClientError
from activities.clients.object_store import ObjectStore
from activities.documents.store import DocumentStore
from activities.invoice import record
from activities.quotes.store import QuoteStore
from models.archive.archived_files import ArchivedFile, archived_files, archived_versions
from operations.connections import ATTENTION, console, settings
from operations.postgres import run_on_postgres, with_engine


def refill_archive() -> None:
    """Store every archived PDF that is missing in the bucket. Files that are there never change.

    Exit code 3 if a file holds another document, or could not be stored.
    """
    s3 = settings().s3
    if not s3.url:
        console.print("No archive is configured; set AKTUM_S3__URL.", style="red")
        raise typer.Exit(1)
    client = object_store.connect(s3.url, s3.region, s3.access_key, s3.secret_key)
    objects = ObjectStore(client, s3.bucket, lock=lock_rule(s3))
    try:
        counts, problems = run_on_postgres(with_engine(lambda engine: _refill_all(engine, objects)))
    finally:
        objects.close()
    for problem in problems:
        console.print(Text(problem, "red"))
    console.print(f"{counts[Refilled.STORED]} files were stored, {counts[Refilled.THERE]} were there.")
    if problems:
        raise typer.Exit(ATTENTION)


async def _refill_all(engine: AsyncEngine, objects: ObjectStore) -> tuple[Counter[Refilled], list[str]]:
    counts, problems = Counter[Refilled](), list[str]()
    for file, read_pdf in track(await _files(engine), "Storing", console=console):
        try:
            outcome = await refill(objects, read_pdf, file)
        except (ClientError, ApplicationError) as error:
            problems.append(f"{file.key}: {error}")
            continue
        counts[outcome] += 1
        if outcome is Refilled.DIFFERS:
            problems.append(f"{file.key} holds another document than {file.owner_id}; it was not changed.")
    return counts, problems


async def _files(engine: AsyncEngine) -> list[tuple[ArchivedFile, ReadPdf]]:
    """Return the files of all invoices and quotes, each with what reads its document."""
    files: list[tuple[ArchivedFile, ReadPdf]] = []
    async for invoice in record.recorded_states(engine):
        files += [(file, DocumentStore(engine).pdf) for file in archived_files(invoice)]
    async for quote in records.every_quote(engine):
        files += [(file, QuoteStore(engine).document) for file in archived_versions(quote)]
    return files
